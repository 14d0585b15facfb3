/** Roles and statuses of other systems: what is meant is taken, a slip stays a slip, and nobody gets more rights than asked. */
import { expect, it } from 'vitest';
import { loadSettings } from '../../../src/config.js';
import { judgeJob, judgeUser } from '../../../src/desired/judge/judge.js';
import { jobStatuses, meaningOf, roles } from '../../../src/desired/judge/words.js';

const { users, jobs } = loadSettings({ environment: { SPARKHIRE_API_KEY: 'k' } }).policies;
const role = (text: string) => meaningOf(text, roles, users.roles);
const status = (text: string) => meaningOf(text, jobStatuses, jobs.statuses);

it.each([
  ['recruiter', 'standard'],
  ['Recruiter ', 'standard'],
  ['HIRING_MANAGER', 'standard'],
  ['hiring-manager', 'standard'],
  ['Hiring  Manager', 'standard'],
  ['coordinator', 'standard'],
  ['interviewer', 'standard'],
  ['member', 'standard'],
  ['standard', 'standard'],
  ['Basic', 'standard'],
  ['Job Admin: Standard', 'standard'],
  ['Elevated Access', 'standard'],
  ['Limited Access', 'standard'],
  ['simple', 'standard'],
  ['hr_admin', 'standard'],
  ['Administrator', 'administrator'],
  ['Organization Administrator', 'administrator'],
  ['admin', 'administrator'],
  ['Site Admin', 'administrator'],
])('the role %j means %s as delivered', (text, meaning) => {
  expect(role(text)).toBe(meaning);
});

it.each([
  'job admin',
  'job administrator',
  'job admin: all rights',
  'department admin',
  'recruiting admin',
  'hiring manager',
  'owner',
  'manager',
  'boss',
  'adm',
  'admins',
  'no admin',
  'constructor',
  '__proto__',
])('the role %j makes nobody an administrator', (text) => {
  expect(role(text)).not.toBe('administrator');
});

it.each([
  ['published', 'open'],
  ['Active', 'open'],
  ['archived', 'closed'],
  ['draft', 'closed'],
  ['opne', null],
  ['clsoed', null],
  ['on hold', null],
  ['toString', null],
])('the status %j of a job means %s as delivered', (text, meaning) => {
  expect(status(text)).toBe(meaning);
});

it('words are added, changed and taken away by the settings, and the own ones stay', () => {
  expect(meaningOf('Chef de bureau', roles, { 'chef de bureau': 'administrator' })).toBe('administrator');
  expect(meaningOf('recruiter', roles, { ...users.roles, recruiter: null })).toBeNull();
  expect(meaningOf('standard', roles, { standard: 'administrator' })).toBe('standard');
});

it.each([null, '', ' \u00a0', '\u200b'])('no role (%j) is what the setting makes of it', (text) => {
  const user = { atsId: 'U', name: 'Ada', email: 'ada@mill.test', role: text, active: null };
  expect(judgeUser(user, false, { roles: users.roles })).toMatchObject({
    issues: [],
    values: { role: null, roleOfNone: 'standard' },
  });
  expect(judgeUser(user, false, { roles: { ...users.roles, '': null } }).values).toMatchObject({
    role: null,
    roleOfNone: null,
  });
});

it('of many words that are known those like the unknown one are told, and where the others are', () => {
  const told = (role: string) => {
    const user = { atsId: 'U', name: 'Ada', email: 'ada@mill.test', role, active: null };
    return judgeUser(user, false, { roles: users.roles }).issues[0]!.message;
  };
  const known = Object.keys(users.roles).length - 1;
  expect(told('big boss')).toBe(
    `The role "big boss" is not known: write administrator or standard, or add the word to policies.users.roles in the settings. Known there are ${known} words: see config/default.yaml and your settings.`,
  );
  expect(told('Sourcer_EMEA')).toContain(
    ` Known there: sourcer and ${known - 1} others: see config/default.yaml and your settings.`,
  );
  expect(told('Recruiter - EMEA')).toMatch(
    / Known there: recruiter, \w+ recruiter, \w+ recruiter and \d+ others: /,
  );
});

it('an unknown word is told with those that are known, and where to add it', () => {
  const user = {
    atsId: 'U-1',
    name: 'Ada',
    email: 'ada@mill.test',
    role: 'boss',
    active: null,
  };
  expect(
    judgeUser(user, false, { roles: { '': 'standard', recruiter: 'standard', sourcer: null } }).issues,
  ).toEqual([
    {
      code: 'UNMAPPED_ENUM',
      field: 'role',
      message:
        'The role "boss" is not known: write administrator or standard, or add the word to policies.users.roles in the settings. Known there: recruiter.',
    },
  ]);
  const job = {
    ...{
      atsId: 'J-1',
      title: 'Baker',
      description: 'Bakes.',
      status: 'opne',
      city: 'Graz',
      region: null,
    },
    ...{ country: 'Austria', work_mode: null, work_place: null, owner_ats_id: null },
  };
  const words = { statuses: { published: 'open' } } as const;
  expect(judgeJob(job, true, words)).toMatchObject({
    values: null,
    issues: [
      {
        field: 'status',
        message: expect.stringMatching(
          /^The status "opne" is not known: write open or closed, .*policies\.jobs\.statuses in the settings\. Known there: published\.$/,
        ),
      },
    ],
  });
  expect(judgeJob({ ...job, status: 'Published' }, false, words).values!.status).toBe('active');
});
