/** What Lever's rows mean, without Lever: values in, values out. */
import { describe, expect, it } from 'vitest';
import {
  applicationOf,
  asApplication,
  opportunitySchema,
} from '../../../src/connectors/lever/opportunities.js';
import { jobOf, placeIn, postingSchema } from '../../../src/connectors/lever/postings.js';
import { isOwnTag, tellings } from '../../../src/connectors/write-back/results.js';

const opportunity = (more: object = {}) =>
  opportunitySchema.parse({
    id: 'o',
    name: 'Ann Baker',
    contact: 'c',
    stage: 'b',
    stageChanges: [
      { toStageId: 'a', toStageIndex: 0, updatedAt: 1000, userId: 'u1' },
      { toStageId: 'b', toStageIndex: 1, updatedAt: 2000, userId: 'u2' },
    ],
    archived: null,
    emails: ['ann@home.test'],
    confidentiality: 'non-confidential',
    isAnonymized: false,
    owner: 'u0',
    applications: ['x'],
    urls: { show: 'https://hire.test/o' },
    ...more,
  });

describe('an opportunity of Lever', () => {
  it('has an entry for each change of stage, and stands where the latest one led', () => {
    const { entries, requestedBy } = asApplication(opportunity(), 'p');
    expect(entries).toEqual([
      { id: 'o:a:1000', applicationId: 'o', stageId: 'p/a', enteredAt: new Date(1000), isCurrent: false },
      { id: 'o:b:2000', applicationId: 'o', stageId: 'p/b', enteredAt: new Date(2000), isCurrent: true },
    ]);
    expect(requestedBy).toBe('u2');
  });

  it('whose stage is another than its latest change says stands in none that is known', () => {
    const { entries, requestedBy } = asApplication(opportunity({ stage: 'z' }), 'p');
    expect([entries.some(({ isCurrent }) => isCurrent), requestedBy]).toEqual([false, 'u0']);
  });

  it('that came back to a stage stands in its latest entry alone, in whatever order changes come', () => {
    const changes = [
      { toStageId: 'b', updatedAt: 3000 },
      { toStageId: 'b', updatedAt: 1000 },
      { toStageId: 'a', updatedAt: 2000 },
    ];
    const { entries } = asApplication(opportunity({ stageChanges: changes }), 'p');
    expect(entries.filter(({ isCurrent }) => isCurrent).map(({ id }) => id)).toEqual(['o:b:3000']);
  });

  it.each([
    ['archived', { archived: { reason: 'r', archivedAt: 1 } }, { isActive: false }],
    ['confidential', { confidentiality: 'confidential' }, { candidate: { isPrivate: true } }],
    ['anonymized', { isAnonymized: true }, { candidate: { isAnonymized: true } }],
    ['without a name', { name: ' ' }, { candidate: { isAnonymized: true } }],
    ['without a contact', { contact: null }, { candidate: { id: 'o' } }],
    [
      'with a wrong address before a right one',
      { emails: ['@', 'a@b.test'] },
      { candidate: { email: 'a@b.test' } },
    ],
    ['with a wrong address alone', { emails: ['@'] }, { candidate: { email: '@' } }],
    [
      'with nothing but what it must have',
      { emails: undefined, applications: undefined, urls: undefined },
      { url: null },
    ],
  ])('%s is taken for that', (_, row, expected) => {
    expect(asApplication(opportunity(row), 'p')).toMatchObject(expected);
  });

  it('of several applications is for the latest that is open, else for the latest', () => {
    const one = (id: string, createdAt: number, archivedAt: number | null) => ({
      ...{ id, posting: id, createdAt },
      archived: archivedAt === null ? null : { archivedAt },
    });
    expect(applicationOf([one('a', 1, null), one('b', 3, 4), one('c', 2, null)])?.id).toBe('c');
    expect(applicationOf([one('a', 1, 2), one('b', 3, 4)])?.id).toBe('b');
    expect(applicationOf([])).toBeNull();
  });
});

describe('a posting of Lever', () => {
  const posting = (more: object) =>
    jobOf(postingSchema.parse({ id: 'p', text: 'Nurse', state: 'published', ...more }));

  it.each([
    ['published', 'open'],
    ['internal', 'open'],
    ['closed', 'closed'],
    ['rejected', 'closed'],
    ['draft', 'draft'],
    ['pending', 'draft'],
    ['of a kind to come', 'draft'],
  ])('that is %s is %s', (state, status) => {
    expect(posting({ state }).status).toBe(status);
  });

  it('is described by its text as HTML, else as it is, else by its title', () => {
    const content = { description: 'plain', descriptionHtml: '<b>rich</b>' };
    expect(posting({ content }).description).toBe('<b>rich</b>');
    expect(posting({ content: { ...content, descriptionHtml: '' } }).description).toBe('plain');
    expect(posting({ content: null }).description).toBe('Nurse');
  });

  it.each([
    ['San Francisco, CA', 'US', ['San Francisco', 'CA', 'United States']],
    ['Athens', 'GR', ['Athens', null, 'Greece']],
    ['Athens, Greece', 'GR', ['Athens', null, 'Greece']],
    ['Bergen, Vestland, Norge', 'NO', ['Bergen', 'Vestland', 'Norge']],
    ['Bergen, Vestland, NO', 'NO', ['Bergen', 'Vestland', 'Norway']],
    ['Bergen, Norway', null, ['Bergen', null, 'Norway']],
    ['a, b, c, d', 'NO', [null, null, null]],
    ['Remote - EMEA', null, [null, null, null]],
    [null, 'NO', [null, null, null]],
  ])('at %s, of country %s, has the place %j', (location, country, expected) => {
    const { city, region, country: named } = placeIn(location, country);
    expect([city, region, named]).toEqual(expected);
  });
});

describe('what is told by links and tags', () => {
  it('is an intent of another name than a note is, before the move', () => {
    const told = {
      invited: 'tag',
      completed: 'link',
      expired: 'none',
      visibility: 'public',
      field: null,
    } as const;
    expect(
      tellings({ ...told, move: { completed: 'Offer' } }).map(({ action, kind }) => [action, kind]),
    ).toEqual([
      ['tag invited', 'tag'],
      ['link completed', 'link'],
      ['move completed', 'move'],
    ]);
  });

  it('takes no tag of people for its own', () => {
    expect(
      ['Spark Hire: invited', 'Spark Hire: great', 'spark hire: invited', 'invited'].map(isOwnTag),
    ).toEqual([true, false, false, false]);
  });
});
