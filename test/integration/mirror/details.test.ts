/** What only a single read carries, and how listings and single reads live side by side in one row. */
import { describe, expect, it } from 'vitest';
import type { MirrorRow, TableName } from '../../../src/mirror/tables.js';
import {
  advancedLinkItem,
  advancedLinkObject,
  interviewItem,
  interviewObject,
  type Json,
  jobItem,
  jobObject,
  listed,
  question,
  questionSet,
  shareLink,
  single,
  useMirror,
  user,
  uuidAt,
} from './fixture.js';

const mirror = useMirror(
  'sparkhire.users',
  'sparkhire.jobs',
  'sparkhire.interviews',
  'sparkhire.question_sets',
  'sparkhire.share_links',
);

const store = (row: MirrorRow, table: TableName) => mirror.store(table, [row]);
const jobs = {
  list: (over: Json = {}) => store(listed('jobs', jobItem(1, over)), 'jobs'),
  single: (over: Json = {}) => store(single('jobs', jobObject(1, over)), 'jobs'),
  row: () => mirror.row('jobs', uuidAt(1)),
};
const interviews = {
  list: (over: Json = {}) => store(listed('interviews', interviewItem(1, over)), 'interviews'),
  single: (over: Json = {}) => store(single('interviews', interviewObject(1, over)), 'interviews'),
  row: () => mirror.row('interviews', uuidAt(1)),
};
const links = {
  list: (over: Json = {}) => store(listed('share_links', advancedLinkItem(1, over)), 'share_links'),
  single: (over: Json = {}) => store(single('share_links', advancedLinkObject(1, over)), 'share_links'),
  row: () => mirror.row('share_links', uuidAt(1)),
};

function without(object: Json, ...keys: string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

const later = '2031-02-05T08:00:00+00:00';

describe('a list item never blanks what only a single read carries', () => {
  it('of a job: description and the questions of its open interview', async () => {
    await jobs.single();
    await jobs.list({ title: 'Retitled', updated_at: later });
    expect(await jobs.row()).toMatchObject({
      title: 'Retitled',
      description: 'What job 1 is about.',
      raw: {
        title: 'Retitled',
        description: 'What job 1 is about.',
        open_interview: { questions: [{ text: 'Why mills?' }] },
      },
    });
  });

  it.each([
    [
      'null',
      { description: null, open_interview: { ...(jobItem(1).open_interview as Json), questions: null } },
    ],
    ['empty', { open_interview: { ...(jobItem(1).open_interview as Json), questions: [] } }],
  ])('also where the listing has such a key with nothing in it: %s', async (_, blank) => {
    await jobs.single();
    await jobs.list({ ...blank, updated_at: later });
    expect(await jobs.row()).toMatchObject({
      description: 'What job 1 is about.',
      raw: {
        description: 'What job 1 is about.',
        open_interview: { questions: [{ text: 'Why mills?' }] },
      },
    });
  });

  it('of an interview: questions and share link', async () => {
    await interviews.single();
    await interviews.list({ rating: 1, updated_at: later });
    const kept = {
      rating: '1.00',
      share_link_uuid: shareLink.uuid,
      share_url: shareLink.url,
      share_status: 'active',
      raw: { rating: 1, questions: [question(0x9001), question(0x9002)], share_link: shareLink },
    };
    expect(await interviews.row()).toMatchObject(kept);
    await interviews.list({ rating: 1, updated_at: later, questions: [], share_link: null });
    expect(await interviews.row()).toMatchObject(kept);
  });

  it('of an advanced link: its interviews', async () => {
    await links.single();
    await links.list({ status: 'inactive', updated_at: later });
    expect(await links.row()).toMatchObject({
      status: 'inactive',
      interview_uuids: [uuidAt(1), uuidAt(2)],
      raw: { interviews: [{ interview_uuid: uuidAt(1) }, { interview_uuid: uuidAt(2) }] },
    });
  });

  it('of a user: the role, which only its creation told; not even a single read without it', async () => {
    await store(single('users', user(1, { role: 'administrator' })), 'users');
    await store(listed('users', user(1, { name: 'New', updated_at: later })), 'users');
    await store(single('users', user(1, { name: 'Newer', updated_at: later })), 'users');
    expect(await mirror.row('users', uuidAt(1))).toMatchObject({
      name: 'Newer',
      role: 'administrator',
      raw: { name: 'Newer', role: 'administrator' },
    });
  });

  it('but a listing that does carry such a thing is believed', async () => {
    await store(listed('users', user(1)), 'users');
    await store(listed('users', user(1, { role: 'evaluator' })), 'users');
    expect(await mirror.row('users', uuidAt(1))).toMatchObject({ role: 'evaluator' });
    await interviews.single();
    await interviews.list({ share_link: { ...shareLink, status: 'inactive' }, updated_at: later });
    expect(await interviews.row()).toMatchObject({
      share_status: 'inactive',
      share_link_uuid: shareLink.uuid,
      raw: { share_link: { status: 'inactive' } },
    });
  });

  it('and the questions of an open interview go with it when another takes its place', async () => {
    await jobs.single();
    const other = {
      uuid: uuidAt(0x0f),
      link: 'https://links.test/other',
      expires_at: null,
      status: 'active',
    };
    await jobs.list({ open_interview: other, updated_at: later });
    expect(await jobs.row()).toMatchObject({
      open_interview_uuid: other.uuid,
      raw: { open_interview: other },
    });
    expect((await jobs.row()).raw.open_interview).not.toHaveProperty('questions');
    await jobs.list({ open_interview: null, updated_at: later });
    expect(await jobs.row()).toMatchObject({ open_interview_uuid: null, raw: { open_interview: null } });
  });
});

describe('a single read', () => {
  it('blanks what it carries as null', async () => {
    await jobs.single();
    await jobs.single({ description: null, open_interview: null });
    expect(await jobs.row()).toMatchObject({
      description: null,
      open_interview_uuid: null,
      raw: { description: null, open_interview: null },
    });
    await interviews.single();
    await interviews.single({ share_link: null, questions: null });
    expect(await interviews.row()).toMatchObject({
      share_link_uuid: null,
      share_url: null,
      share_status: null,
      raw: { share_link: null, questions: null },
    });
    await links.single();
    await links.single({ interviews: [] });
    expect(await links.row()).toMatchObject({ interview_uuids: [], raw: { interviews: [] } });
    await store(single('users', user(1, { role: 'standard' })), 'users');
    await store(single('users', user(1, { role: null })), 'users');
    expect(await mirror.row('users', uuidAt(1))).toMatchObject({ role: null, raw: { role: null } });
  });

  it('keeps the details that it does not mention', async () => {
    await interviews.single();
    const bare = without(interviewObject(1), 'share_link', 'questions');
    await store(single('interviews', bare), 'interviews');
    expect(await interviews.row()).toMatchObject({
      share_url: shareLink.url,
      raw: { share_link: shareLink, questions: [{}, {}] },
    });
  });

  it('replaces everything else: what it leaves out is gone', async () => {
    await jobs.list({ hotness: 3 });
    await store(single('jobs', without(jobObject(1), 'location')), 'jobs');
    const row = await jobs.row();
    expect(row).toMatchObject({ location: null });
    expect(row.raw).not.toHaveProperty('location');
    expect(row.raw).not.toHaveProperty('hotness');
  });

  it.each([
    ['an object', shareLink, { share_link_uuid: shareLink.uuid, share_status: 'active' }],
    ['a bare url', shareLink.url, { share_link_uuid: null, share_status: null }],
  ])('tells of a share link as %s', async (_, share_link, columns) => {
    await interviews.single({ share_link });
    const expected = { ...columns, share_url: shareLink.url, raw: { share_link } };
    expect(await interviews.row()).toMatchObject(expected);
    await interviews.list();
    expect(await interviews.row()).toMatchObject(expected);
  });
});

describe('a reset interview', () => {
  const reset = { status: 'requested', completed_at: null, updated_at: later };

  it.each([
    ['null', reset],
    ['a missing key', null],
  ])('loses its completion through a listing, told by %s', async (_, over) => {
    await interviews.single();
    const item =
      over === null
        ? without(interviewItem(1, { ...reset, rating: 0 }), 'completed_at')
        : interviewItem(1, { ...over, rating: 0 });
    await store(listed('interviews', item), 'interviews');
    const row = await interviews.row();
    expect(row).toMatchObject({ status: 'requested', completed_at: null, rating: '0.00', watch_url: null });
    expect(row.raw.completed_at ?? null).toBeNull();
    expect(row.raw).toHaveProperty('questions');
  });

  it('loses its completion through a single read', async () => {
    await interviews.list();
    await store(single('interviews', without(interviewObject(1, reset), 'completed_at')), 'interviews');
    const row = await interviews.row();
    expect(row).toMatchObject({ status: 'requested', completed_at: null });
    expect(row.raw).not.toHaveProperty('completed_at');
  });

  it('is news although its new state has been seen before', async () => {
    const before = { status: 'requested', completed_at: null };
    await interviews.list(before);
    await interviews.list({ updated_at: later });
    await interviews.list({ ...before, updated_at: '2031-02-06T08:00:00+00:00' });
    expect(await interviews.row()).toMatchObject({ status: 'requested', completed_at: null });
  });
});

describe('unknown fields', () => {
  it('are kept, at every depth, through listings that do not carry them', async () => {
    const extra = { shiny: { new: [1, { deep: null }] } };
    await interviews.single({
      ...extra,
      assigned_to: { ...(interviewItem(1).assigned_to as Json), ...extra },
    });
    await interviews.list({ updated_at: later });
    expect((await interviews.row()).raw).toMatchObject({ ...extra, assigned_to: extra });
  });

  it('follow the latest word on them', async () => {
    await interviews.list({ shiny: 1 });
    await interviews.single({ shiny: 2 });
    await interviews.list({ shiny: 3 });
    expect((await interviews.row()).raw).toMatchObject({ shiny: 3 });
  });

  it('of a nested object go when another object takes its place', async () => {
    await interviews.single({ job_post: { uuid: uuidAt(5), title: 'Miller', description: 'Grinds.' } });
    await interviews.list({ job_post: { uuid: uuidAt(6), title: 'Baker' } });
    expect((await interviews.row()).raw.job_post).toEqual({ uuid: uuidAt(6), title: 'Baker' });
  });
});

describe('listings and single reads in turn', () => {
  const pairs: Array<[TableName, MirrorRow, MirrorRow]> = [
    ['users', listed('users', user(1)), single('users', user(1))],
    ['jobs', listed('jobs', jobItem(1)), single('jobs', jobObject(1, { job_video: { url: 'v' } }))],
    ['interviews', listed('interviews', interviewItem(1)), single('interviews', interviewObject(1))],
    ['question_sets', listed('question_sets', questionSet(1)), single('question_sets', questionSet(1))],
    ['share_links', listed('share_links', advancedLinkItem(1)), single('share_links', advancedLinkObject(1))],
  ];
  it.each(pairs)('write nothing after the first round: %s', async (table, item, object) => {
    await store(item, table);
    await store(object, table);
    const settled = await mirror.row(table, uuidAt(1));
    await mirror.newChanges();
    for (const row of [item, object, item, item, object, object]) {
      expect(await store(row, table)).toMatchObject({ created: 0, updated: 0, unchanged: 1 });
      expect(await mirror.row(table, uuidAt(1))).toEqual(settled);
    }
    expect(await mirror.newChanges()).toEqual([]);
  });

  it.each(pairs)(
    'write nothing after the first round that begins with the single: %s',
    async (table, item, object) => {
      await store(object, table);
      await store(item, table);
      await mirror.newChanges();
      const settled = await mirror.row(table, uuidAt(1));
      for (const row of [object, item, object, item]) await store(row, table);
      expect(await mirror.newChanges()).toEqual([]);
      expect(await mirror.row(table, uuidAt(1))).toEqual(settled);
    },
  );

  it('agree on nested subsets, also of objects without a uuid', async () => {
    // The document shows a reviewer without a uuid; a single read may tell more of it.
    const item = listed('share_links', advancedLinkItem(1));
    const object = single(
      'share_links',
      advancedLinkObject(1, { reviewer: { name: 'Cy Owner', email: 'cy@mill.test', phone: '1' } }),
    );
    await store(item, 'share_links');
    await store(object, 'share_links');
    await mirror.newChanges();
    for (const row of [item, object, item, object]) await store(row, 'share_links');
    expect(await mirror.newChanges()).toEqual([]);
  });
});

describe('details', () => {
  const due = async () => (await interviews.row()).details_due;

  it('are due from the first listing until the single is read', async () => {
    await interviews.list();
    expect(await interviews.row()).toMatchObject({ details_due: true, details_at: null });
    await interviews.single();
    const row = await interviews.row();
    expect(row).toMatchObject({ details_due: false });
    expect(row.details_at).toBeInstanceOf(Date);
  });

  it('are not due after a single read of an object no listing showed yet', async () => {
    await interviews.single();
    expect(await due()).toBe(false);
    await interviews.list();
    expect(await due()).toBe(false);
  });

  it('are due again when a listing shows a change in a column', async () => {
    await interviews.list();
    await interviews.single();
    await interviews.list({ rating: 5 });
    expect(await due()).toBe(true);
    await interviews.list({ rating: 5 });
    expect(await due()).toBe(true);
    await interviews.single({ rating: 5 });
    expect(await due()).toBe(false);
  });

  it('are done by a single read that says nothing new, and that is no change', async () => {
    await interviews.single();
    await interviews.list({ updated_at: later });
    expect(await due()).toBe(true);
    // Only the time of its update is new, which the listing already told.
    await interviews.single({ updated_at: later });
    await mirror.newChanges();
    await mirror.sql('update sparkhire.interviews set details_due = true');
    const { mirrored_at } = await interviews.row();
    expect(await interviews.single({ updated_at: later })).toMatchObject({ unchanged: 1 });
    expect(await interviews.row()).toMatchObject({ details_due: false, mirrored_at });
    expect(await mirror.newChanges()).toEqual([]);
  });

  it('are not due for what differs at every reading, as signed addresses of pictures do', async () => {
    await interviews.list();
    await interviews.single();
    for (const signature of ['a', 'b', 'c']) {
      const avatar = `https://pictures.test/1.png?signature=${signature}`;
      await interviews.list({ assigned_to: { ...(interviewItem(1).assigned_to as Json), avatar } });
      expect(await due()).toBe(false);
      expect((await interviews.row()).raw.assigned_to).toMatchObject({ avatar });
    }
  });

  it('point 12: of a question set are due only where its list item has no questions', async () => {
    const set = () => mirror.row('question_sets', uuidAt(1));
    const list = (over: Json, without: string[] = ['questions']) => {
      const item = Object.fromEntries(
        Object.entries(questionSet(1, over)).filter(([key]) => !without.includes(key)),
      );
      return store(listed('question_sets', item), 'question_sets');
    };
    await list({}, []);
    expect(await set()).toMatchObject({ details_due: false, details_at: null });
    await list({ name: 'Renamed', updated_at: later });
    expect(await set()).toMatchObject({
      details_due: true,
      name: 'Renamed',
      questions: [{ takes: 3 }],
      raw: { questions: [{ takes: 3 }] },
    });
    await store(
      single('question_sets', questionSet(1, { name: 'Renamed', updated_at: later })),
      'question_sets',
    );
    expect(await set()).toMatchObject({ details_due: false, details_at: expect.any(Date) });
    for (const questions of [null, []]) {
      await list({ questions, name: JSON.stringify(questions), updated_at: later }, []);
      expect(await set()).toMatchObject({ questions: [{ takes: 3 }], raw: { questions: [{ takes: 3 }] } });
    }
    await mirror.sql('truncate sparkhire.question_sets');
    await list({});
    expect(await set()).toMatchObject({ details_due: true, questions: null });
    // A single set without them is no reason to ask for ever.
    const bare = Object.fromEntries(Object.entries(questionSet(1)).filter(([key]) => key !== 'questions'));
    await store(single('question_sets', bare), 'question_sets');
    expect(await set()).toMatchObject({ details_due: false, questions: null });
  });

  it('are due for a restored row', async () => {
    await interviews.list();
    await interviews.single();
    await mirror.remove('interviews', uuidAt(1));
    await interviews.list();
    expect(await interviews.row()).toMatchObject({ details_due: true, deleted_at: null });
  });

  it('of a deleted row can be read by a single read, which restores it', async () => {
    await interviews.list();
    await mirror.remove('interviews', uuidAt(1));
    await mirror.newChanges();
    await interviews.single();
    expect(await interviews.row()).toMatchObject({ details_due: false, deleted_at: null });
    expect(await mirror.newChanges()).toMatchObject([{ change: 'restored' }]);
  });

  it('do not come from an older single read', async () => {
    await interviews.list({ updated_at: later });
    await interviews.single();
    expect(await interviews.row()).toMatchObject({ details_due: true, share_url: null });
  });
});
