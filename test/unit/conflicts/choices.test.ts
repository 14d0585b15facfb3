import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/conflicts/choices.js';
import { conflictKinds } from '../../../src/reconcile/conflict-kinds.js';

const mass = (viewChanged: boolean) =>
  explain({ kind: 'mass_disappearance', resource: 'jobs', seen: { missing: 12, viewChanged } });

describe('a mass disappearance', () => {
  it('can be believed or waited for, and nothing else', () => {
    const { choices, waiting } = mass(false);
    expect(choices.map(({ take }) => take)).toEqual(['sparkhire']);
    expect(choices[0]!.does).toContain('The 12 rows');
    expect(waiting).toMatch(/closes automatically/);
  });

  it('says plainly what believing means with a key that sees less', () => {
    expect(mass(true).choices[0]!.does).toMatch(/every row it may not see, whether it was deleted or not/);
    expect(mass(false).choices[0]!.does).toMatch(/If the key was demoted, .*every row it may no longer see/);
    expect(mass(true).meaning.join(' ')).toMatch(/another one than before|lost the administrator right/);
  });

  it('copes with a row that tells nothing', () => {
    expect(explain({ kind: 'mass_disappearance', resource: 'jobs', seen: null }).choices).toHaveLength(1);
  });
});

describe('a conflict of a row', () => {
  const takes = (kind: string, resource: string, seen: unknown) =>
    explain({ kind, resource, seen }).choices.map(({ take }) => take);
  const one = { uuid: '11111111-1111-4111-8111-111111111111' };
  const other = { uuid: '22222222-2222-4222-8222-222222222222' };

  it.each(Object.entries(conflictKinds))(
    'offers what its kind takes, and nothing else: %s',
    (kind, { takes: all }) => {
      const offered = [null, one, [one, other]]
        .flatMap((seen) => takes(kind, 'jobs', seen))
        .map((take) => (take.startsWith('link:') ? 'link:UUID' : take));
      expect(new Set(offered)).toEqual(new Set(all));
    },
  );

  it('is decided for one side or the other', () => {
    expect(takes('field_diverged', 'jobs', 'Baker')).toEqual(['ats', 'sparkhire']);
    expect(takes('remote_deleted', 'interviews', null)).toEqual(['ats', 'sparkhire']);
  });

  it('of a share link is told in its own words', () => {
    const told = (kind: string) => JSON.stringify(explain({ kind, resource: 'share_links', seen: null }));
    expect(told('remote_deleted')).toContain('The share link was deleted');
    expect(told('unknown_outcome')).toContain('the reviewer gets a second link');
    expect(told('plan_limit')).toContain('no advanced share links');
  });

  it('of a possible duplicate names what could be linked', () => {
    expect(takes('possible_duplicate', 'jobs', [one])).toEqual(['link', 'create']);
    expect(takes('possible_duplicate', 'jobs', [one, other])).toEqual([
      `link:${one.uuid}`,
      `link:${other.uuid}`,
      'create',
    ]);
  });

  it('of an unknown outcome warns of a second e-mail', () => {
    const { choices } = explain({
      kind: 'unknown_outcome',
      resource: 'interviews',
      seen: { candidates: [one] },
    });
    expect(choices.map(({ take }) => take)).toEqual([`link:${one.uuid}`, 'send', 'none']);
    expect(choices[1]!.does).toContain('second e-mail');
  });

  it('offers to invite to the job of the row only where there is one', () => {
    const takesOf = (job_uuid: string | null) =>
      explain({
        ...{ kind: 'field_diverged', resource: 'interviews', field: 'job', seen: { job_uuid: one.uuid } },
        wanted: { job_ats_id: 'J-1', job_uuid },
      }).choices.map(({ take }) => take);
    expect(takesOf(other.uuid)).toEqual(['ats', 'sparkhire']);
    expect(takesOf(null)).toEqual(['sparkhire']);
  });

  it('says of an interview that is over that linking sends nothing', () => {
    const linking = (status: string) =>
      explain({ kind: 'possible_duplicate', resource: 'interviews', seen: { ...one, status } }).choices[0]!
        .does;
    expect(linking('completed')).toContain('nothing is sent');
    expect(linking('requested')).toContain('keep that one');
  });

  it('tells of every e-mail that a choice may cause', () => {
    const told = (kind: string, resource: string, take: string, field?: string) =>
      explain({ kind, resource, field, seen: one }).choices.find((choice) => choice.take === take)!.does;
    for (const does of [
      told('possible_duplicate', 'jobs', 'create'),
      told('possible_duplicate', 'interviews', 'create'),
      told('possible_duplicate', 'share_links', 'create'),
      told('remote_deleted', 'jobs', 'ats'),
      told('remote_deleted', 'interviews', 'ats'),
      told('remote_deleted', 'share_links', 'ats'),
      told('field_diverged', 'jobs', 'ats', 'status'),
      told('field_diverged', 'interviews', 'ats', 'job'),
    ])
      expect(does).toContain('e-mail');
  });

  it('that is a held plan tells how to release it', () => {
    const { choices, next } = explain({
      kind: 'mass_change',
      resource: 'jobs',
      seen: { checksum: 'abc123' },
    });
    expect(choices).toEqual([]);
    expect(next).toContain('apply --approve abc123');
  });
});

it('a kind of a later version has no choices here', () => {
  const { choices, meaning } = explain({ kind: 'of_tomorrow', resource: 'jobs', seen: null });
  expect(choices).toEqual([]);
  expect(meaning.join()).toContain('of_tomorrow');
});
