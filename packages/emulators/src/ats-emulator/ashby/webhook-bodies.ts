import type { Application, Job, WebhookType } from './records.js';
import { showApplication } from './show.js';
import type { AshbySwitches } from './switch-table.js';
import type { World } from './world/world.js';

/** What happened, as far as webhooks tell of it. */
export type Happened =
  | {
      type: 'applicationSubmit' | 'applicationUpdate' | 'candidateStageChange' | 'candidateHire';
      application: Application;
    }
  | { type: 'candidateDelete'; candidateId: string }
  | { type: 'candidateMerge'; deleted: string; merged: string }
  | { type: 'interviewPlanTransition'; job: Job; from: string; to: string };

/** A stage change is an update of the application as well, and so is a hire. */
export function typesOf({ type }: Happened): WebhookType[] {
  return type === 'candidateStageChange' || type === 'candidateHire' ? [type, 'applicationUpdate'] : [type];
}

export function bodyOf(
  world: World,
  switches: AshbySwitches,
  type: WebhookType | 'ping',
  happened: Happened | null,
  actionId: string,
): string {
  const id = switches.actionId === 'yes' ? { webhookActionId: actionId } : {};
  return JSON.stringify({ action: type, data: { ...dataOf(world, switches, happened), ...id } });
}

function dataOf(world: World, switches: AshbySwitches, happened: Happened | null): object {
  if (happened === null) return { webhookActionType: 'ping' };
  switch (happened.type) {
    case 'candidateDelete':
      return { candidate: { id: happened.candidateId } };
    case 'candidateMerge':
      return { deletedCandidate: { id: happened.deleted }, mergedCandidate: { id: happened.merged } };
    case 'interviewPlanTransition': {
      const plan = (id: string) => ({ id, title: world.tables.plans.one(id).title });
      const { job, from, to } = happened;
      return {
        jobId: job.id,
        fromInterviewPlan: plan(from),
        toInterviewPlan: plan(to),
        interviewStageMappings: [],
      };
    }
    default:
      return { application: showApplication(world, switches, happened.application) };
  }
}
