/** The values in sync.changes: what the changed columns were, and what they are. */
import { describe, expect, it } from 'vitest';
import { questionRows } from '../../../src/mirror/mapping.js';
import { readOne } from '../../../src/sparkhire/reading.js';
import { interviewSchema } from '../../../src/sparkhire/resources/interviews.js';
import {
  interviewItem,
  interviewObject,
  type Json,
  jobObject,
  listed,
  question,
  single,
  useMirror,
  uuidAt,
} from './fixture.js';

const mirror = useMirror('sparkhire.jobs', 'sparkhire.interviews', 'sparkhire.interview_questions');

describe('values of changes', () => {
  it('are told of each column that changed: what it was, and what it is', async () => {
    await mirror.store('jobs', [single('jobs', jobObject(1))]);
    const retitled = {
      title: 'Tab\tand "quote"',
      description: 'Two\nlines',
      updated_at: '2031-02-02T08:00:00+00:00',
    };
    await mirror.store('jobs', [single('jobs', jobObject(1, retitled))]);
    await mirror.store('jobs', [single('jobs', jobObject(1, { ...retitled, note: 'no column has it' }))]);
    await mirror.remove('jobs', uuidAt(1));
    const [created, updated, unmapped, deleted] = await mirror.newChanges();
    expect(created).toMatchObject({
      before: null,
      after: { title: 'Job 1', status: 'active', location: 'Old Mill, ME, USA' },
    });
    expect(updated).toMatchObject({
      before: {
        title: 'Job 1',
        description: 'What job 1 is about.',
        updated_at: '2031-02-01T08:00:00+00:00',
      },
      after: retitled,
    });
    expect(unmapped).toMatchObject({ changed_fields: ['raw'], before: {}, after: {} });
    expect(deleted).toMatchObject({
      before: { deleted_at: null },
      after: { deleted_at: expect.any(String) },
    });
  });

  it('of a new row are told as they are stored', async () => {
    const odd = [
      { rating: 4.335, completed_at: '2031-01-30T08:00:00.1234567-03:30' },
      { rating: '0.005', completed_at: '2030-12-31T23:59:59.9999999Z' },
      {
        rating: 5,
        completed_at: '0001-01-01T00:00:00.5+00:00',
        assigned_to: { name: 'Nul\u0000 \ud800', email: 'nul@mill.test' },
      },
    ];
    await mirror.store(
      'interviews',
      odd.map((over, n) => listed('interviews', interviewItem(n, over))),
    );
    const stored = await mirror.sql<{ values: Json }>(
      `select jsonb_build_object('type', type, 'status', status, 'rating', rating, 'job_uuid', job_uuid, 'candidate_name',
         candidate_name, 'candidate_email', candidate_email, 'scheduled_at', scheduled_at, 'completed_at', completed_at) as values
       from sparkhire.interviews order by uuid`,
    );
    expect((await mirror.newChanges()).map(({ after }) => after)).toEqual(stored.map(({ values }) => values));
  });

  it('of a question of an interview are told', async () => {
    for (const text of ['Why mills?', 'Why flour?']) {
      const object = interviewObject(1, { questions: [question(0x9001, { text })] });
      await mirror.store('interview_questions', questionRows(readOne(interviewSchema, object))!);
    }
    expect((await mirror.newChanges()).at(-1)).toMatchObject({
      before: { text: 'Why mills?' },
      after: { text: 'Why flour?' },
    });
  });

  it('take at most 300 bytes a change, on average', async () => {
    const rows = (over: Json) =>
      Array.from({ length: 20 }, (_, n) => listed('interviews', interviewItem(n, over)));
    const later = (hour: number) => `2031-02-02T0${hour}:00:00+00:00`;
    const open = { status: 'requested', rating: 0, completed_at: null };
    await mirror.store('interviews', rows({ ...open, updated_at: later(0) }));
    const [created] = await mirror.newChanges();
    await mirror.store('interviews', rows({ ...open, status: 'accepted', updated_at: later(1) }));
    await mirror.store('interviews', rows({ updated_at: later(2) }));
    await mirror.store('interviews', rows({ rating: 4.5, updated_at: later(3) }));
    await mirror.store('interviews', rows({ rating: 4.5, scheduled_at: later(9), updated_at: later(4) }));
    const [{ bytes }] = (await mirror.sql(
      `select max(bytes)::int as bytes from (
         select change, avg(coalesce(pg_column_size(before), 0) + pg_column_size(after)) as bytes
         from sync.changes where seq >= $1 group by change) by_change`,
      [created!.seq],
    )) as [{ bytes: number }];
    expect(bytes).toBeLessThanOrEqual(300);
  });
});
