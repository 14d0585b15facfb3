/** An ATS of kind ashby, for what is to hold whatever ATS it is. */
import { connectAshby } from './fixture.js';
import { type AtsWorld, notShown, refused, type Wanted } from '../world.js';
import { lookAtApplications, sent } from '../pull-fixture.js';

export async function ashbyWorld({ stage, onLeave }: Wanted = {}): Promise<AtsWorld> {
  const scene = await connectAshby(
    { switches: { pageCap: 2 } },
    {
      ATS_FROM: 'all',
      ...(stage === undefined ? {} : { ATS_STAGE: stage }),
      ...(onLeave === undefined ? {} : { ATS_ON_LEAVE: onLeave }),
    },
  );
  const { act, state, faults } = scene.ashby;
  const open = [...state.jobs.values()].filter(
    ({ status, confidential }) => status === 'Open' && !confidential,
  );
  return {
    pull: (hints) => scene.pull(hints),
    session: () => scene.session,
    another() {
      const before = scene.session;
      scene.reconnect();
      return before;
    },
    async enters(email, more) {
      const job_id = open[more === undefined ? 0 : 1]!.id;
      return act.apply({ job_id, email, stage: 'Video interview' }).id;
    },
    async leaves(application_id) {
      act.moveToStage({ application_id, stage: 'Offer' });
    },
    async ends(application_id) {
      act.archive({ application_id });
    },
    async resumes(application_id) {
      act.unarchive({ application_id });
    },
    async deletes(id) {
      act.deleteCandidate({ candidate_id: state.applications.one(id).candidateId });
    },
    byItself: {
      loses: (id) => notShown(faults, new RegExp(`application\\.info\\?.*${id}`)),
      touches: (id) => void state.applications.change(id, { updatedAt: Date.now() }),
    },
    refuses: (id, effect) => refused(faults, new RegExp(`application\\.info\\?.*${id}`), effect),
    async breaks() {
      const fault = faults.add({
        path: /application\.list\?.*"cursor"/,
        effect: { kind: 'status', status: 422 },
      });
      return async () => void faults.remove(fault);
    },
    // A key without access to confidential jobs, in a company where every job is one.
    async hides() {
      for (const { id } of open) act.editJob({ job_id: id, confidential: true });
      act.seeConfidential({ sees: false });
      return async () => {
        act.seeConfidential({ sees: true });
        for (const { id } of open) act.editJob({ job_id: id, confidential: false });
      };
    },
    hurries: (turn) => lookAtApplications(scene, turn),
    sends: () => sent(scene),
    rows: (sql) => scene.rows(sql),
  };
}
