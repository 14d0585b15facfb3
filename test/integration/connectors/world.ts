/** An ATS of any kind with a connector, for what is to hold whatever ATS it is. */
import type { FaultEffect, FaultRules } from '#emulators/emulation/faults';
import type { PullResult } from '../../../src/connectors/pull/pull.js';
import type { PullSession } from '../../../src/connectors/pull/session.js';
import { connectLever, hasten } from './lever/fixture.js';
import { applicant, connect, lookAtApplications, sent } from './pull-fixture.js';
import { connectSql } from './sql/fixture.js';
import { connectWorkable, video } from './workable/fixture.js';

/** Nobody is there at first, and whoever stands in the stage is invited (`from: all`). */
export interface AtsWorld {
  /** @param hints what a webhook named */
  pull(hints?: string[]): Promise<PullResult>;
  /** What this process reads with; a call makes another process of it. */
  another(): PullSession;
  session(): PullSession;
  /** Somebody who can be invited enters the stage. @returns their application */
  enters(email: string, more?: { job: 'another' }): Promise<string>;
  leaves(application: string): Promise<void>;
  ends(application: string): Promise<void>;
  /** It is not there any more. */
  deletes(application: string): Promise<void>;
  /** Where each application is asked for by itself, and lists tell only that it is there. */
  byItself?: {
    /** It is not shown any more then, though lists go on to have it. @returns how that is mended */
    loses(application: string): () => void;
    /** It changes in something that is of no interest. */
    touches(application: string): void;
  };
  /** Where each application is asked for by itself: that is answered with an error, 422 unless given. @returns how that is mended */
  refuses?(application: string, effect?: FaultEffect): () => void;
  /** An application that ended is active again, in the same entry. */
  resumes(application: string): Promise<void>;
  /** Readings fail when half of them is done. @returns how that is mended */
  breaks(): Promise<() => Promise<void>>;
  /** Nothing at all is shown, and that is no error. @returns how that is mended */
  hides(): Promise<() => Promise<void>>;
  /** What has its turn only now and then is due. @param turn changed applications unless given */
  hurries(turn?: string): Promise<void>;
  /** As if all had left for Spark Hire. */
  sends(): Promise<void>;
  rows<Row>(sql: string): Promise<Row[]>;
}

/** @returns how it is mended */
export function notShown(faults: FaultRules, path: RegExp): () => void {
  const fault = faults.add({ path, effect: { kind: 'status', status: 404, code: 'application_not_found' } });
  return () => void faults.remove(fault);
}

/** @returns how it is mended */
export function refused(
  faults: FaultRules,
  path: RegExp,
  effect: FaultEffect = { kind: 'status', status: 422 },
): () => void {
  const fault = faults.add({ path, effect });
  return () => void faults.remove(fault);
}

/** Settings that may differ, as YAML would have them. */
export interface Wanted {
  stage?: string;
  onLeave?: 'keep' | 'cancel';
}

export async function greenhouseWorld({ stage, onLeave }: Wanted = {}): Promise<AtsWorld> {
  const scene = await connect(
    { candidates: 0, switches: { pageCap: 2, notSiteAdmin: 'empty' } },
    {
      ATS_FROM: 'all',
      ...(stage === undefined ? {} : { ATS_STAGE: stage }),
      ...(onLeave === undefined ? {} : { ATS_ON_LEAVE: onLeave }),
    },
  );
  const { act, state, faults, credentials } = scene.greenhouse;
  scene.reconnect();
  const hasStage = (job: number) =>
    state.job_interview_stages.find((one) => one.job_id === job && one.name === 'Video interview');
  const [first, other] = state.jobs.filter(
    ({ id, status, confidential, is_template }) =>
      status === 'open' && !confidential && !is_template && hasStage(id) !== undefined,
  );
  const user = [...credentials.all.values()][0]!.serviceUserId;
  return {
    pull: (hints) => scene.pull(hints),
    session: () => scene.session,
    another() {
      const before = scene.session;
      scene.reconnect();
      return before;
    },
    async enters(email, more) {
      const job_id = (more === undefined ? first! : other!).id;
      return String(applicant(scene, { job_id, email_addresses: [{ value: email, type: 'personal' }] }).id);
    },
    async leaves(id) {
      act.moveToStage({ application_id: Number(id), stage: 'Offer' });
    },
    async ends(id) {
      act.reject({ application_id: Number(id) });
    },
    async resumes(id) {
      act.unreject({ application_id: Number(id) });
    },
    async deletes(id) {
      act.deleteApplication({ application_id: Number(id) });
    },
    async breaks() {
      const fault = faults.add({
        path: /application_stages\?cursor=/,
        effect: { kind: 'status', status: 422 },
      });
      return async () => void faults.remove(fault);
    },
    async hides() {
      act.setSiteAdmin({ user_id: user, site_admin: false });
      return async () => void act.setSiteAdmin({ user_id: user, site_admin: true });
    },
    hurries: (turn) => lookAtApplications(scene, turn),
    sends: () => sent(scene),
    rows: (sql) => scene.rows(sql),
  };
}

export async function leverWorld({ stage, onLeave }: Wanted = {}): Promise<AtsWorld> {
  const scene = await connectLever(
    { switches: { pageCap: 2, missingRight: 'empty' } },
    {
      ATS_FROM: 'all',
      ...(stage === undefined ? {} : { ATS_STAGE: stage }),
      ...(onLeave === undefined ? {} : { ATS_ON_LEAVE: onLeave }),
    },
  );
  const { act, state, faults, access } = scene.lever;
  const [first, other] = [...state.postings.values()].filter(
    (one) => one.state === 'published' && one.confidentiality === 'non-confidential',
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
      const posting = (more === undefined ? first! : other!).id;
      return act.apply({ posting, stage: 'Video interview', name: 'Ann Baker', emails: [email] }).id;
    },
    async leaves(opportunity) {
      act.moveToStage({ opportunity, stage: 'Offer' });
    },
    async ends(opportunity) {
      act.archive({ opportunity });
    },
    async resumes(opportunity) {
      act.unarchive({ opportunity });
    },
    async deletes(opportunity) {
      act.deleteOpportunity({ opportunity });
    },
    refuses: (id, effect) => refused(faults, new RegExp(`/opportunities/${id}`), effect),
    async breaks() {
      const fault = faults.add({ path: /opportunities\?.*offset=/, effect: { kind: 'status', status: 422 } });
      return async () => void faults.remove(fault);
    },
    async hides() {
      act.revokeRight({ right: 'opportunities:read' });
      return async () => void access.rights.add('opportunities:read');
    },
    hurries: (turn = 'applications') => hasten(scene, turn),
    sends: () => sent(scene),
    rows: (sql) => scene.rows(sql),
  };
}

export async function sqlWorld({ stage, onLeave }: Wanted = {}): Promise<AtsWorld> {
  const settings = {
    ...(stage === undefined ? {} : { triggers: [{ stage, package: 'standard' }] }),
    ...(onLeave === undefined ? {} : { onLeave }),
  };
  const scene = await connectSql(settings);
  let table = 'hr.stage_entries';
  let entered = 0;
  const change = (id: string, what: string) =>
    scene.rows(`update ${table} set ${what} where application_id = $1`, [id]).then(() => {});
  return {
    pull: () => scene.pull(),
    session: () => scene.session,
    another() {
      const before = scene.session;
      scene.reconnect({});
      return before;
    },
    async enters(email, more) {
      const nth = ++entered;
      const job = more === undefined ? {} : { job_id: 'j2', job_title: 'Baker' };
      await scene.enterInto(table, {
        ...{ entry_id: `e${nth}`, application_id: `a${nth}`, candidate_email: email },
        entered_at: new Date().toISOString(),
        ...job,
      });
      return `a${nth}`;
    },
    leaves: (id) => change(id, `left_at = now()`),
    ends: (id) => change(id, `status = 'rejected'`),
    resumes: (id) => change(id, `status = 'active'`),
    deletes: (id) => scene.rows(`delete from ${table} where application_id = $1`, [id]).then(() => {}),
    async breaks() {
      await scene.rows('alter table hr.stage_entries alter entered_at type text');
      await scene.rows(
        `update hr.stage_entries set entered_at = 'yesterday or so' where entry_id = 'e${entered}'`,
      );
      return async () => {
        await scene.rows(
          `update hr.stage_entries set entered_at = '2026-11-01T09:00:00Z' where entry_id = 'e${entered}'`,
        );
      };
    },
    // As a loader does that makes a table anew.
    async hides() {
      await scene.rows('alter table hr.stage_entries rename to kept');
      await scene.rows('create table hr.stage_entries (like hr.kept)');
      table = 'hr.kept';
      return async () => {
        await scene.rows('drop table hr.stage_entries');
        await scene.rows('alter table hr.kept rename to stage_entries');
        table = 'hr.stage_entries';
      };
    },
    hurries: async () => {},
    sends: () => sent(scene),
    rows: (sql) => scene.rows(sql),
  };
}

export async function workableWorld({ stage, onLeave }: Wanted = {}): Promise<AtsWorld> {
  const scene = await connectWorkable(
    { switches: { pageCap: 2, missingScope: 'empty' } },
    {
      from: 'all',
      ...(stage === undefined ? {} : { triggers: [{ stage, package: 'standard' }] }),
      ...(onLeave === undefined ? {} : { onLeave }),
    },
  );
  const { act, state, faults } = scene.workable;
  const [first, other] = [...state.jobs.keys()];
  const scopes = ['r_jobs', 'r_candidates', 'w_candidates'];
  return {
    pull: (hints) => scene.pull(hints),
    session: () => scene.session,
    another() {
      const before = scene.session;
      scene.reconnect();
      return before;
    },
    async enters(email, more) {
      return act.apply({ email, stage: video, job: more === undefined ? first! : other! }).id;
    },
    async leaves(candidate_id) {
      act.move({ candidate_id, stage: 'Offer' });
    },
    async ends(candidate_id) {
      act.disqualify({ candidate_id });
    },
    async resumes(candidate_id) {
      act.revert({ candidate_id });
    },
    async deletes(candidate_id) {
      act.remove({ candidate_id });
    },
    byItself: {
      loses: (id) => notShown(faults, new RegExp(`/candidates/${id}`)),
      touches: (candidate_id) => void act.comment({ candidate_id, body: 'Well met.' }),
    },
    refuses: (id, effect) => refused(faults, new RegExp(`/candidates/${id}`), effect),
    async breaks() {
      const fault = faults.add({ path: /candidates\?.*since_id=/, effect: { kind: 'status', status: 422 } });
      return async () => void faults.remove(fault);
    },
    async hides() {
      act.setScopes({ scopes: ['r_jobs'] });
      return async () => void act.setScopes({ scopes });
    },
    hurries: (turn) => lookAtApplications(scene, turn),
    sends: () => sent(scene),
    rows: (sql) => scene.rows(sql),
  };
}
