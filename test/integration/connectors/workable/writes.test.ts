/** What is written into Workable: comments, moves and subscriptions, each once. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { startWorkableEmulator, type WorkableOptions } from '#emulators/ats-emulator/workable/index';
import { systemClock } from '../../../../src/clock.js';
import type { Result } from '../../../../src/connectors/connector.js';
import { atsSchema, readAtsSettings } from '../../../../src/connectors/settings.js';
import { workable as connectTo } from '../../../../src/connectors/workable/connector.js';
import type { WorkableSettings } from '../../../../src/connectors/workable/settings.js';
import type { Database } from '../../../../src/db/database.js';

const { signal } = new AbortController();
const leaving = async () => {};

async function scene(ats: object = {}, options: WorkableOptions = {}) {
  const workable = await startWorkableEmulator({ candidates: 0, jobs: 1, rateLimit: 100_000, ...options });
  onTestFinished(() => workable.close());
  const secrets = { needed: () => workable.access.token, optional: () => null };
  // It keeps nothing in the database.
  const db = null as unknown as Database;
  const reconnect = (more: object) => {
    const parsed = atsSchema.parse({
      kind: 'workable',
      baseUrl: workable.url,
      triggers: [{ stage: 'Video interview', package: 'p' }],
      ...ats,
      ...more,
    });
    const settings = readAtsSettings(parsed, [], secrets) as WorkableSettings;
    const made = connectTo({ db, account: 'a', settings, encryption: null, clock: systemClock });
    onTestFinished(() => made.close());
    return made;
  };
  const connector = reconnect({});
  const { id } = workable.act.apply({ stage: 'Video interview' });
  const entry = [...workable.state.activities.keys()].at(-1)!;
  const note: Result = {
    marker: '[sparkhire-sync u1 invited]',
    kind: 'note',
    state: 'invited',
    applicationId: id,
    entryId: entry,
    text: 'Invited to a video interview.\n[sparkhire-sync u1 invited]',
    target: '',
    links: [],
    ownStages: [],
    isLost: false,
  };
  const look = async (result: Result) => (await connector.writer!.look([result], signal)).get(result.marker)!;
  const comments = () => [...workable.state.activities.values()].filter(({ action }) => action === 'comment');
  return { workable, connector, reconnect, id, note, look, comments };
}

async function write(found: Awaited<ReturnType<Awaited<ReturnType<typeof scene>>['look']>>) {
  if (found.is !== 'absent') throw new Error(`it is ${found.is}`);
  return found.write(leaving, signal);
}

describe('a comment', () => {
  it.each([{}, { commentShown: 'escaped', commentAnswer: '201-blank' }] as const)(
    'is found again by its marker, however it is shown: %o',
    async (switches) => {
      const { note, look, comments } = await scene({}, { switches });
      expect((await write(await look(note))).outcome).toBe('done');
      expect(await look(note)).toEqual({ is: 'there', reference: comments()[0]!.id });
      expect(comments()).toHaveLength(1);
    },
  );

  it('whose answer is lost is of unknown outcome, and found', async () => {
    const { workable, note, look, comments } = await scene();
    workable.faults.add({ path: /comments/, nth: 1, effect: { kind: 'reset', when: 'after' } });
    expect(await write(await look(note))).toEqual({ outcome: 'unknown' });
    expect(await look(note)).toMatchObject({ is: 'there' });
    expect(comments()).toHaveLength(1);
  });

  it('is from whoever moved the candidate, or from the member of the settings, by id or address', async () => {
    const own = await scene();
    const [, tom] = [...own.workable.state.members.values()];
    own.workable.act.move({ candidate_id: own.id, stage: 'Offer', member_id: tom!.id });
    await write(await own.look(own.note));
    expect(own.comments()[0]!.member).toBe([...own.workable.state.members.keys()][0]);
    for (const memberId of [tom!.id, tom!.email.toUpperCase()]) {
      const named = await scene({ memberId });
      await write(await named.look(named.note));
      expect(named.comments()[0]!.member).toBe(tom!.id);
    }
  });

  it('waits where nobody can be named, or nobody has the address, and tells what to set', async () => {
    const gone = await scene();
    for (const { id } of gone.workable.state.members.values())
      gone.workable.act.editMember({ member_id: id, active: false });
    await expect(gone.look(gone.note).then(write)).rejects.toMatchObject({
      code: 'ATS_FORBIDDEN',
      remedy: expect.stringContaining('ats.memberId'),
    });
    const unknown = await scene({ memberId: 'nobody@home.test' });
    await expect(unknown.look(unknown.note)).rejects.toMatchObject({ code: 'ATS_REQUEST_REFUSED' });
  });

  it('that Workable does not take is refused with its reason; somebody deleted is missing', async () => {
    const { workable, note, look, id } = await scene({ memberId: '1f3901' });
    expect(await look({ ...note, text: ' ' }).then(write)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('422: comment body is missing'),
    });
    workable.act.remove({ candidate_id: id });
    expect(await look(note)).toEqual({ is: 'missing' });
  });
});

describe('a move', () => {
  const moves = async (stage: string) => {
    const made = await scene();
    const move: Result = {
      ...made.note,
      kind: 'move',
      state: 'completed',
      text: '',
      target: stage,
      ownStages: [stage],
    };
    return { ...made, move };
  };

  it('goes to the stage by name or slug, once', async () => {
    const { look, move, workable, id } = await moves('phone screen');
    expect((await write(await look(move))).outcome).toBe('done');
    expect(workable.state.candidates.get(id)!.stage).toBe('phone-screen');
    expect(await look({ ...move, target: 'phone-screen' })).toMatchObject({ is: 'there' });
  });

  it('is overtaken by another move, by an end, by a stage that invites, and by a stage that is not there', async () => {
    const reason = (found: Awaited<ReturnType<Awaited<ReturnType<typeof scene>>['look']>>) =>
      found.is === 'overtaken' ? found.reason : found.is;
    const { look, move, workable, id } = await moves('Offer');
    expect(reason(await look({ ...move, target: 'Nowhere' }))).toMatch(/no stage “Nowhere”/);
    workable.act.move({ candidate_id: id, stage: 'Interview' });
    expect(reason(await look(move))).toMatch(/another stage meanwhile/);
    expect(reason(await look({ ...move, target: 'video interview' }))).toMatch(/people are invited/);
    workable.act.disqualify({ candidate_id: id });
    expect(reason(await look(move))).toMatch(/has ended/);
  });
});

describe('the webhooks', () => {
  const remembering = () => {
    let values: Record<string, string> = {};
    return {
      read: async () => values,
      write: async (given: Record<string, string>) => {
        values = given;
      },
    };
  };
  const targets = (made: Awaited<ReturnType<typeof scene>>) =>
    [...made.workable.subscriptions.values()].map(({ target, event }) => `${event} ${target}`).sort();
  const all = (url: string, ...more: string[]) =>
    [...more, 'candidate_deleted', 'candidate_moved'].map((event) => `${event} ${url}?event=${event}`);

  it('name account, job and stage where Workable wants that', async () => {
    const made = await scene({ subdomain: 'acme' }, { switches: { subscriptionArgs: 'required' } });
    const { ensure } = made.connector.subscriptions!;
    expect(await ensure('https://a.test/ats/x', remembering(), signal)).toBeNull();
    expect(targets(made)).toEqual(all('https://a.test/ats/x'));
    expect(made.workable.requests.at(-1)!.body).toMatchObject({
      args: { account_id: 'acme', job_shortcode: '', stage_slug: '' },
    });
  });

  it('are made once, and follow the service to another address; those of others stay', async () => {
    const made = await scene();
    const { ensure } = made.connector.subscriptions!;
    const memory = remembering();
    made.workable.act.subscribe({ target: 'https://theirs.test/', event: 'candidate_moved' });
    for (const _ of [1, 2]) expect(await ensure('https://a.test/ats/x', memory, signal)).toBeNull();
    expect(targets(made)).toEqual(
      [...all('https://a.test/ats/x'), 'candidate_moved https://theirs.test/'].sort(),
    );
    expect(await ensure('https://b.test/ats/x', memory, signal)).toBeNull();
    expect(targets(made)).toEqual(
      [...all('https://b.test/ats/x'), 'candidate_moved https://theirs.test/'].sort(),
    );
  });

  it('tell of applicants only where these are invited, and one that is not needed any more ends', async () => {
    const applied = { triggers: [{ stage: 'applied', package: 'p' }] };
    const made = await scene(applied);
    const url = 'https://a.test/ats/x';
    await made.connector.subscriptions!.ensure(url, remembering(), signal);
    expect(targets(made)).toEqual(all(url, 'candidate_created'));
    const later = made.reconnect({ triggers: [{ stage: 'Offer', package: 'p' }] });
    await later.subscriptions!.ensure(url, remembering(), signal);
    expect(targets(made)).toEqual(all(url));
  });

  it('that are there already (409), though no list showed them, are as good as made', async () => {
    const made = await scene();
    const { ensure } = made.connector.subscriptions!;
    await ensure('https://a.test/ats/x', remembering(), signal);
    const empty = { kind: 'status', status: 404 } as const;
    made.workable.faults.add({ method: 'GET', path: /subscriptions/, effect: empty });
    expect(await ensure('https://a.test/ats/x', remembering(), signal)).toBeNull();
    expect(targets(made)).toEqual(all('https://a.test/ats/x'));
  });

  it('that Workable refuses are told with its reason', async () => {
    const { workable, connector } = await scene();
    workable.faults.add({ method: 'POST', path: /subscriptions/, effect: { kind: 'status', status: 422 } });
    expect(await connector.subscriptions!.ensure('https://a.test/x', remembering(), signal)).toMatch(/422/);
  });
});
