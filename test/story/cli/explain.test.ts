/** `sparkhire-sync explain`: what happened to a row, an object or a person, and why it is not further. */
import { expect, it, onTestFinished } from 'vitest';
import type { Explained } from '../../../src/story/story.js';
import { documented, fieldsBeside } from '../../support/documented.js';
import { aJob, anInterview, invite, openPushScene, withoutBackoff } from '../../support/push-scene.js';

withoutBackoff();

it('of an invitation all is told in order, from the row to the result, by key, uuid and address alike', async () => {
  const scene = await openPushScene(onTestFinished);
  await invite(scene, 1);
  await scene.run(['sync']);
  const [uuid] = [...scene.emulator.state.interviews.keys()];
  scene.emulator.act.completeInterview(uuid!);
  await scene.run(['sync']);
  const { code, json } = await scene.run(['explain', 'I-1']);
  expect(code).toBe(0);
  const { stories } = json as Explained;
  expect(stories).toHaveLength(1);
  const [{ subjects, events }] = stories as [Explained['stories'][0]];
  expect(subjects).toMatchObject([
    {
      resource: 'interviews',
      ats_id: 'I-1',
      uuid,
      name: 'Candidate I-1',
      state: 'synced',
      status: 'completed',
      causes: [],
    },
  ]);
  const times = events.map(({ at }) => at);
  expect(times.every((at) => /:\d\d\.\d{6}Z$/.test(at))).toBe(true);
  expect(times).toEqual([...times].sort());
  const texts = events.map(({ text }) => text);
  const place = (text: string) => texts.findIndex((one) => one.includes(text));
  expect(place('seen for the first time')).toBe(0);
  expect(place('Decided: create')).toBeGreaterThan(0);
  expect(place('Sent to Spark Hire: create')).toBeGreaterThan(place('Decided: create'));
  expect(texts).toContain('Spark Hire sent the invitation to c1@example.org.');
  expect(place('Spark Hire carried "create" out')).toBeGreaterThan(place('Sent to Spark Hire'));
  // What is new had no value before.
  expect(texts[place('First seen in Spark Hire: ')]).toMatch(/: requested[,.]/);
  expect(texts[place('First seen in Spark Hire: ')]).not.toContain('→');
  expect(place('Changed in Spark Hire')).toBeGreaterThan(place('carried "create" out'));
  expect(place(`Linked to ${uuid}`)).toBe(place('carried "create" out') + 1);
  expect(place('Both sides agreed')).toBe(place('carried "create" out') + 2);

  const same = (other: unknown) => expect((other as Explained).stories).toEqual(stories);
  same((await scene.run(['explain', uuid!])).json);
  same((await scene.run(['explain', uuid!.toUpperCase()])).json);
  same((await scene.run(['explain', 'C1@Example.ORG', '--account', 'default'])).json);
  same((await scene.run(['explain', 'interviews:I-1'])).json);
  const words = (await scene.command(['explain', 'I-1']).ended).stdout;
  expect(words).toContain(`interviews I-1 · Candidate I-1 · ${uuid}`);
  expect(words.trimEnd().split('\n').at(-1)).toBe('In step. Spark Hire shows it as completed.');
  // What opens something is not told.
  expect(words + JSON.stringify(json)).not.toMatch(/https?:\/\//);
});

it('what keeps a row is told at the end, by its root, with what to do', async () => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('users', {
    ats_id: 'U-1',
    name: 'Ulla Boss',
    email: 'ulla@example.org',
    role: 'grand vizier',
  });
  await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'ada@example.org'));
  const early = (await scene.run(['explain', 'I-1'])).json as Explained;
  expect(early.stories[0]!.subjects[0]).toMatchObject({ state: 'pending', causes: [] });
  expect(early.stories[0]!.subjects[0]!.summary).toContain('has not been looked at yet');
  await scene.run(['sync']);
  const { json } = await scene.run(['explain', 'I-1']);
  expect(fieldsBeside(json, documented('explain'))).toEqual([]);
  expect(fieldsBeside(documented('explain'), json)).toEqual([]);
  expect((json as Explained).stories[0]!.subjects[0]).toMatchObject({
    state: 'held',
    causes: [
      {
        code: 'UNMAPPED_ENUM',
        root: { resource: 'users', ats_id: 'U-1', name: 'Ulla Boss' },
        waits_for: 'person',
      },
    ],
  });
  const words = (await scene.command(['explain', 'I-1']).ended).stdout;
  expect(words.trimEnd().split('\n').slice(-4).join(' ')).toMatch(
    /users U-1: The role "grand vizier" .*→ Correct role of row U-1/,
  );
});

it('a key of several tables, a person of several rows and accounts, odd keys, and what never was', async () => {
  const scene = await openPushScene(onTestFinished);
  const odd = `K 1/'x";:%_\\`;
  await scene.put('jobs', aJob('K1'), aJob(odd));
  await scene.put('users', { ats_id: 'K1', name: 'Ada Ky', email: 'ADA@example.org', role: 'standard' });
  await scene.put(
    'interviews',
    anInterview('K1', 'K1', 'ada@example.org'),
    anInterview('K2', odd, 'Ada@Example.org'),
  );
  await scene.rows(
    `insert into ats.interviews (account, ats_id, candidate_email) values ('other', 'X-1', 'ada@example.org')`,
  );
  const found = async (...args: string[]) => (await scene.run(['explain', ...args])).json as Explained;
  const subjects = ({ stories }: Explained) =>
    stories.map(({ account, subjects }) => [
      account,
      subjects.map(({ resource, ats_id }) => `${resource} ${ats_id}`).sort(),
    ]);
  expect(subjects(await found('K1'))).toEqual([
    ['default', ['interviews K1']],
    ['default', ['jobs K1']],
    ['default', ['users K1']],
  ]);
  expect((await scene.command(['explain', 'K1']).ended).stdout).toContain(
    'sparkhire-sync explain interviews:K1',
  );
  expect(subjects(await found('jobs:K1'))).toEqual([['default', ['jobs K1']]]);
  expect(subjects(await found(odd))).toEqual([['default', [`jobs ${odd}`]]]);
  expect(subjects(await found('ada@EXAMPLE.org'))).toEqual([
    ['default', ['interviews K1', 'interviews K2', 'users K1']],
    ['other', ['interviews X-1']],
  ]);
  expect(subjects(await found('ada@example.org', '--account', 'other'))).toEqual([
    ['other', ['interviews X-1']],
  ]);

  // Who was met in a stage of a connected ATS and not invited has no row.
  await scene.rows(`insert into sync.ats_skipped (source, entry_id, application_id, reason, message, candidate_id, address)
    values ('greenhouse', '777', '9', 'no_email', 'has no e-mail address', '55', sync.address_mark('Zoe@Example.org'))`);
  for (const asked of ['777', 'gh-777', '9', '55', 'zoe@example.org']) {
    const [skipped, ...more] = (await found(asked)).stories;
    expect(more).toEqual([]);
    expect(skipped!.subjects).toMatchObject([
      {
        resource: 'entries',
        ats_id: '777',
        entry: { source: 'greenhouse', application_id: '9', candidate_id: '55' },
        summary: 'Not invited.',
        causes: [{ code: 'no_email', waits_for: 'person' }],
      },
    ]);
    expect(skipped!.events).toMatchObject([
      {
        kind: 'skipped',
        resource: 'entries',
        ats_id: '777',
        text: 'greenhouse: the entry is not invited (no_email): has no e-mail address.',
      },
    ]);
  }
  const lines = (await scene.command(['explain', '55', '--account', 'default']).ended).stdout.split('\n');
  expect(lines[0]).toBe('entry 777 of greenhouse · application 9 · candidate 55');
  expect(lines.slice(-4)).toEqual([
    'Not invited:',
    '  no_email: has no e-mail address',
    '  → Add their address in the ATS; they are looked at again within half an hour.',
    '',
  ]);

  await scene.rows(
    `insert into ats.interviews (ats_id, candidate_email, source, extra) values ('gh-5', 'eve@example.org', 'greenhouse', '{"application_id": "8", "candidate_id": "81"}')`,
  );
  expect(subjects(await found('8'))).toEqual([['default', ['interviews gh-5']]]);
  expect(subjects(await found('81'))).toEqual([['default', ['interviews gh-5']]]);

  const none = await scene.command(['explain', 'nobody@example.org']).ended;
  expect(none.code).toBe(1);
  expect(none.stdout).toContain('Nothing is known of "nobody@example.org": it was never here, or is gone.');
  expect(none.stdout).toContain('Searched in accounts default, other');
  const nothing = await scene.run(['explain', '5f0c3a52-0000-4000-8000-000000000000']);
  expect([nothing.code, (nothing.json as Explained).stories]).toEqual([1, []]);
  expect((await scene.run(['explain'])).code).toBe(2);
  expect((await scene.run(['explain', '', '--account', 'default'])).code).toBe(1);
});

async function titleEditedOnBothSides() {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await scene.run(['sync']);
  const [uuid] = [...scene.emulator.state.jobs.keys()];
  scene.emulator.act.editJob(uuid!, { title: 'Night baker' });
  await scene.put('jobs', aJob('J-1', { title: 'Head baker' }));
  await scene.run(['sync']);
  const [{ id }] = (await scene.run(['conflicts'])).json as [{ id: number }];
  return { scene, id, uuid: uuid! };
}

it('a conflict is told with who decided what, and what was written then', async () => {
  const { scene, id } = await titleEditedOnBothSides();
  const open = (await scene.run(['explain', 'J-1'])).json as Explained;
  expect(open.stories[0]!.subjects[0]!.causes).toMatchObject([
    {
      code: 'DECISION_NEEDED',
      root: { conflict: id },
      remedy: `Decide: \`sparkhire-sync conflicts show ${id}\`.`,
    },
  ]);
  expect(open.stories[0]!.subjects[0]!.summary).toMatch(/^A person has to decide about it\./);
  expect(open.stories[0]!.events.map(({ text }) => text)).toContain(
    'From then on a person has to decide about it.',
  );
  await scene.run(['conflicts', 'resolve', `${id}`, '--take', 'ats', '--reason', 'HR said so']);
  await scene.run(['sync']);
  const texts = ((await scene.run(['explain', 'J-1'])).json as Explained).stories[0]!.events.map(
    ({ text }) => text,
  );
  expect(texts.filter((text) => text.startsWith(`Conflict ${id}`))).toMatchObject([
    expect.stringContaining('field_diverged, title'),
    expect.stringMatching(/was decided by .*: ats, because: HR said so\.$/),
  ]);
  expect(texts).toContainEqual(expect.stringContaining('title: Night baker → Head baker'));
});

it('a decision that was put aside, since the values are others by now, is told as that', async () => {
  const { scene, id, uuid } = await titleEditedOnBothSides();
  await scene.run(['conflicts', 'resolve', `${id}`, '--take', 'ats', '--reason', 'HR said so']);
  scene.emulator.act.editJob(uuid, { title: 'Pastry cook' });
  await scene.run(['sync']);
  expect(scene.emulator.state.jobs.get(uuid)).toMatchObject({ title: 'Pastry cook' });
  const { events } = ((await scene.run(['explain', 'J-1'])).json as Explained).stories[0]!;
  expect(events.map(({ text }) => text)).toContain(
    `The decision about conflict ${id} was put aside: the values were others by then, or nothing was left to do.`,
  );
});
