import { describe, expect, it } from 'vitest';
import { mirrorTables } from '../../../src/mirror/tables.js';
import { microseconds, parseHint } from '../../../src/webhooks/hint.js';
import { judge, type Known, mergedOver } from '../../../src/webhooks/judge.js';
import {
  interviewItem,
  interviewObject,
  type Json,
  shareLink,
  uuidAt,
} from '../../integration/mirror/fixture.js';

const table = mirrorTables.interviews;
const at = (time: string) => `2031-02-01T${time}+00:00`;

const stored = (raw: Json, deleted = false): Known => ({
  stored: { raw, at: raw.updated_at == null ? null : microseconds(raw.updated_at as string), deleted },
  gone: false,
});
const nothing: Known = { stored: null, gone: false };
const told = (body: Json, event = 'InterviewCompleted') =>
  parseHint(
    { event, payloadType: event === 'InterviewRated' ? 'Rating' : 'Interview' },
    JSON.stringify(body),
  );
const verdicts = (known: Known, ...hints: ReturnType<typeof told>[]) => judge(hints, known, table).verdicts;

describe('one payload', () => {
  const row = interviewItem(1, { updated_at: at('08:00:00') });

  it('is applied if it is newer, stale if it is older, to the microsecond', () => {
    expect(verdicts(stored(row), told({ ...row, updated_at: at('08:00:01') }))).toEqual(['apply']);
    expect(verdicts(stored(row), told({ ...row, updated_at: at('08:00:00.000001') }))).toEqual(['apply']);
    expect(verdicts(stored(row), told({ ...row, updated_at: at('07:59:59') }))).toEqual(['stale']);
  });

  it('changes nothing if it has the same time and nothing new; with other content the object is read', () => {
    expect(verdicts(stored(row), told(row))).toEqual(['unchanged']);
    expect(verdicts(stored(row), told({ uuid: row.uuid, updated_at: row.updated_at }))).toEqual([
      'unchanged',
    ]);
    expect(verdicts(stored(row), told({ ...row, status: 'accepted' }))).toEqual(['read']);
    expect(verdicts(stored(row), told({ ...row, brand_new: 1 }))).toEqual(['read']);
  });

  it('changes nothing if it is the listed part of what is stored whole', () => {
    const whole = interviewObject(1, { updated_at: at('08:00:00') });
    expect(verdicts(stored(whole), told(row))).toEqual(['unchanged']);
    expect(verdicts(stored(whole), told({ ...row, questions: null, share_link: null }))).toEqual([
      'unchanged',
    ]);
  });

  it('has the object read if either has no time, if the row is deleted, or the event in doubt', () => {
    expect(verdicts(stored(row), told({ ...row, updated_at: undefined }))).toEqual(['read']);
    expect(verdicts(stored({ ...row, updated_at: null }), told(row))).toEqual(['read']);
    expect(verdicts(stored(row, true), told({ ...row, updated_at: at('09:00:00') }))).toEqual(['read']);
    expect(verdicts(stored(row), told({ ...row, updated_at: at('09:00:00') }, 'InterviewPainted'))).toEqual([
      'read',
    ]);
    expect(verdicts(stored(row), told(row, 'InterviewDeleted'))).toEqual(['read']);
    expect(verdicts(stored(row), told({ ...row, updated_at: at('09:00:00') }, 'InterviewRated'))).toEqual([
      'read',
    ]);
  });

  it('makes a row if there is none and it is complete, unless the object was gone before', () => {
    expect(verdicts(nothing, told(row))).toEqual(['apply']);
    expect(verdicts(nothing, told({ ...row, updated_at: undefined }))).toEqual(['apply']);
    expect(verdicts(nothing, told({ ...row, updated_at: undefined, created_at: null }))).toEqual(['read']);
    expect(verdicts(nothing, told({ uuid: row.uuid, updated_at: row.updated_at }))).toEqual(['read']);
    expect(verdicts({ stored: null, gone: true }, told(row))).toEqual(['read']);
  });

  it('that lacks something stored is applied, and the object read as well', () => {
    const later = { ...row, updated_at: at('09:00:00') };
    expect(judge([told(later)], stored(row), table)).toMatchObject({ atOnce: true, partial: false });
    const { completed_at: _, ...without } = later as Json;
    expect(judge([told(without)], stored(row), table)).toMatchObject({
      verdicts: ['apply'],
      atOnce: true,
      partial: true,
    });
  });
});

describe('several payloads of one object', () => {
  const row = interviewItem(1, { updated_at: at('08:00:00') });
  const later = (time: string, over: Json = {}) => told({ ...row, updated_at: at(time), ...over });

  it('come down to the newest, in whatever order they came', () => {
    const hints = [later('09:00:00'), later('10:00:00'), later('09:30:00')];
    expect(verdicts(stored(row), ...hints)).toEqual(['superseded', 'apply', 'superseded']);
    expect(verdicts(stored(row), ...hints.reverse())).toEqual(['superseded', 'apply', 'superseded']);
    expect(verdicts(stored(row), later('09:00:00'), later('09:00:00'), later('07:00:00'))).toEqual([
      'apply',
      'superseded',
      'stale',
    ]);
  });

  it('of the same time that differ have the object read', () => {
    expect(verdicts(nothing, later('09:00:00'), later('09:00:00', { status: 'expired' }))).toEqual([
      'apply',
      'read',
    ]);
  });

  it('with a deletion among them wait for what reading says', () => {
    const deletion = told({ uuid: row.uuid }, 'InterviewDeleted');
    expect(judge([later('09:00:00'), deletion], stored(row), table)).toMatchObject({
      verdicts: ['apply', 'read'],
      atOnce: false,
    });
    expect(judge([deletion, later('09:00:00')], nothing, table).atOnce).toBe(false);
  });
});

describe('a payload over what is stored', () => {
  it('keeps what it leaves out, also inside of the same object, and the details', () => {
    const raw = interviewObject(1, { own_field: 'kept' });
    const merged = mergedOver(
      {
        uuid: uuidAt(1),
        status: 'expired',
        job_post: { uuid: uuidAt(0x70b), title: 'Baker' },
        questions: [],
      },
      raw,
      table,
    );
    expect(merged).toEqual({
      ...raw,
      status: 'expired',
      job_post: { ...(raw.job_post as Json), title: 'Baker' },
    });
    expect(merged.share_link).toEqual(shareLink);
  });

  it('replaces an object by another one, and what is said to be empty', () => {
    const raw = interviewObject(1);
    const merged = mergedOver({ job_post: { uuid: uuidAt(5) }, completed_at: null }, raw, table);
    expect(merged).toMatchObject({ job_post: { uuid: uuidAt(5) }, completed_at: null });
    expect(merged.job_post).toEqual({ uuid: uuidAt(5) });
  });
});
