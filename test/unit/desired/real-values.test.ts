/** Values as real systems and spreadsheets hold them: what is sent as it is, what is refused, and in which words. */
import { describe, expect, it } from 'vitest';
import type { AtsInterview } from '../../../src/desired/ats-rows.js';
import { parseCell } from '../../../src/desired/import/values.js';
import { identityProblem } from '../../../src/desired/judge/identities.js';
import { judgeInterview, judgeJob, judgeUser } from '../../../src/desired/judge/judge.js';
import { judgeShareRequest } from '../../../src/desired/judge/shares.js';
import { readTimezone } from '../../../src/desired/judge/time-zones.js';
import { bareAddress, emailProblem } from '../../../src/text/email-address.js';
import { trimmed, visible } from '../../../src/text/invisible.js';
import { lineProblem, textProblem } from '../../../src/text/lines.js';

const now = Date.UTC(2031, 2, 10, 9);
const interview = (more: Partial<AtsInterview> = {}): AtsInterview => ({
  atsId: 'I',
  job_ats_id: 'J',
  candidate_name: 'Mia Rye',
  candidate_email: 'mia@rye.test',
  candidate_phone: null,
  candidate_phone_e164: null,
  sms_consent: true,
  type: 'live',
  package: null,
  question_set_uuid: null,
  questions: null,
  deadline_at: Date.UTC(2031, 2, 20),
  timezone: null,
  email_message: null,
  requested_by_ats_id: null,
  desired: 'invited',
  share: false,
  priority: 0,
  ...more,
});
const judge = (more: Partial<AtsInterview>, linked = false) =>
  judgeInterview(interview(more), { package: null, linked, now });
const keepText = 'format the column as text there, or write the value in quotes';
const messages = (issues: ReadonlyArray<{ message: string }> = []) => issues.map(({ message }) => message);

describe('an invisible character', () => {
  it.each([
    ['K2 ', '"K2␠"', 'K2'],
    ['  K2', '"␠␠K2"', 'K2'],
    ['K\u200b2', '"K<U+200B>2"', 'K\u200b2'],
    ['\u00a0K2\r\n', '"<U+00A0>K2<U+000D><U+000A>"', 'K2'],
    ['\ufeffK"2', '"<U+FEFF>K\\"2"', 'K"2'],
    ['K 2', '"K 2"', 'K 2'],
    ['\u3164', '"<U+3164>"', ''],
    ['\u202eK2\u{e0041}', '"<U+202E>K2<U+E0041>"', 'K2'],
    ['Ä-ß 日本', '"Ä-ß 日本"', 'Ä-ß 日本'],
  ])('of %j is shown, and taken from the ends', (text, seen, inner) => {
    expect([visible(text), trimmed(text)]).toEqual([seen, inner]);
  });
});

describe('an e-mail address', () => {
  it.each([
    'ada&bo@example.com',
    'ada=bo@example.com',
    'x~y@example.com',
    'a+tag@example.com',
    "o'hara@example.com",
    'a/b@example.com',
    '!#$%*?^_`{|}@example.com',
    'ada@xn--mller-kva.example',
    'ada@müller.example',
    'jørn@例え.jp',
    'Ada.Mill@EXAMPLE.COM',
    'ada..bo@docomo.ne.jp',
    'ada.@ezweb.ne.jp',
    '"ada bo"@example.com',
    '"a@b"@example.com',
    'ada@[192.0.2.1]',
    'ada@sub_domain.example.com',
    'ada@[IPv6:2001:db8::1]',
    'ada@xn--80ak6aa92e.xn--p1ai',
    'ada@l·lull.example',
    'ada@i❤.ws',
    '"mailto:ada"@example.com',
    "ada'@example.com",
    'a?b@example.com',
    `${'a'.repeat(64)}@example.com`,
  ])('%s is sent: Spark Hire judges it', (address) => {
    expect(emailProblem(address)).toBeNull();
    expect(judge({ candidate_email: address })).toMatchObject({
      issues: [],
      values: { candidate: { email: address } },
    });
  });

  it.each([
    ['ada', 'has no @'],
    ['ada at example.com', 'has no @'],
    ['ada @example.com', 'has a blank inside'],
    [' ada@example.com', 'has a blank at an end: "␠ada@example.com"'],
    ['ada@exam\u200bple.com', 'has an invisible character: "ada@exam<U+200B>ple.com"'],
    ['ada@example.com\u00a0', 'has an invisible character: "ada@example.com<U+00A0>"'],
    ['ada\t@example.com', 'has an invisible character: "ada<U+0009>@example.com"'],
    ['ada@example.com, bo@example.com', 'must be a single one'],
    ['ada@example.com;bo@example.com', 'must be a single one'],
    ['ada@bo@example.com', 'has more than one @'],
    ['ada@example,com', 'has a comma in it'],
    ['ada@example.com;', 'has a semicolon in it'],
    ['mailto:ada@example.com', 'begins with "mailto:": write the address alone'],
    ['MailTo:ada@example.com', 'begins with "MailTo:": write the address alone'],
    ['http://ada@example.com', 'begins with "http:": write the address alone'],
    ['Ada:ada@example.com', 'begins with "Ada:": write the address alone'],
    ["'ada@example.com", "begins with the ' that spreadsheets put before texts"],
    ["'ada@example.com'", "is in quotes ('): write the address alone"],
    ['"ada@example.com"', 'is in quotes ("): write the address alone'],
    ['“ada@example.com”', 'is in quotes (“): write the address alone'],
    ['‘ada@example.com’', 'is in quotes (‘): write the address alone'],
    ['[ada@example.com]', 'has [ before the @'],
    ["ada@example.com'", "has ' behind the @"],
    ['ada@example.com?subject=x', 'has ? behind the @'],
    ['ada@example.com:', 'has : behind the @'],
    ['ada@example.com/', 'has / behind the @'],
    ['ada@https://example.com', 'has : behind the @'],
    ['ada@exa&mple.com', 'has & behind the @'],
    ['ada@example.com”', 'has ” behind the @'],
    ['ada@-example.com', 'has a hyphen at an end of "-example", behind the @'],
    ['ada@example-.com', 'has a hyphen at an end of "example-", behind the @'],
    ['ada@192.0.2.1', 'ends in a number: no domain does'],
    ['ada@[mail]', 'has [ behind the @'],
    [`ada@${'a'.repeat(64)}.com`, `has more than 63 characters between two dots behind the @`],
    ['<ada@example.com>', 'has one of < > ( ) \\ " in it: write the address alone'],
    ['@example.com', 'has nothing before the @'],
    ['ada@', 'has nothing behind the @'],
    ['ada@example', 'has no dot behind the @: the end of the domain is missing'],
    ['ada@example..com', 'has a dot too many behind the @'],
    ['ada@example.com.', 'has a dot too many behind the @'],
    [`${'ü'.repeat(125)}@a.com`, 'is longer than 254 bytes'],
  ])('%j is none, and it is said why', (address, problem) => {
    expect(emailProblem(address)).toBe(problem);
    expect(messages(judge({ candidate_email: address }).issues)).toEqual([
      `Write candidate_email as an address like ada@example.com: ${visible(address)} is not a valid e-mail address, it ${problem}.`,
    ]);
  });
});

describe('an address of a file', () => {
  it('is taken out of the link or the quotes of a spreadsheet, where that is what stands around it', () => {
    for (const text of [
      'mailto:ada@example.com',
      'MAILTO:ada@example.com',
      '<mailto:ada@example.com>',
      "'ada@example.com'",
      "'ada@example.com",
      '"ada@example.com"',
      '“ada@example.com”',
    ])
      expect(bareAddress(text)).toBe('ada@example.com');
    for (const text of [
      'mailto:ada@example.com?subject=x',
      'Ada <ada@example.com>',
      '"ada bo"@example.com',
      "ada'@example.com",
      'mailto:ada',
      'none',
    ])
      expect(bareAddress(text)).toBe(text);
  });
});

describe('a telephone number', () => {
  const phones = (phone: string, e164: string, more: Partial<AtsInterview> = {}) =>
    judge({ candidate_phone: phone, candidate_phone_e164: e164, ...more });

  it.each([
    ['0664 123 45 67', '+436641234567'],
    ['+43 (0)664/1234567', '+436641234567'],
    ['0043 664 1234567', '+436641234567'],
    ['664.123.4567', '+436641234567'],
    ['(312) 555-0100 ext. 12', '+13125550100'],
    ['1-312-555-0100', '+13125550100'],
    ['+54 9 11 2345-6789', '+5491123456789'],
    ['011 15 2345-6789', '+5491123456789'],
    ['８０９０１２３４５６７８', '+819012345678'],
    ['0664', '+436641234567'],
    ['0664 1234567 (mobile)', '+436641234567'],
    ['٠٦٦٤١٢٣٤٥٦٧', '+436641234567'],
    ['٠٥٠١٢٣٤٥٦٧', '+966501234567'],
    ['۰۹۱۲ ۳۴۵ ۶۷۸۹', '+989123456789'],
    ['০১৭১২-৩৪৫৬৭৮', '+8801712345678'],
    ['०९८१२३४५६७८', '+919812345678'],
    ['𑄶𑄷𑄽𑄷𑄸𑄹𑄺𑄻𑄼𑄽𑄾', '+8801712345678'],
  ])('%s may be %s', (phone, e164) => {
    expect(phones(phone, e164)).toMatchObject({
      issues: [],
      values: { candidate: { phone, phoneE164: e164 } },
    });
    expect(phones(phone, e164)).not.toHaveProperty('asides');
  });

  it('has an E.164 in digits of any script, and it is sent in plain ones', () => {
    for (const e164 of ['+٩٦٦٥٠١٢٣٤٥٦٧', '＋９６６ ５０１２３４５６７', '+966 50 123 4567'])
      expect(phones('٠٥٠١٢٣٤٥٦٧', e164)).toMatchObject({
        issues: [],
        values: { candidate: { phone: '٠٥٠١٢٣٤٥٦٧', phoneE164: '+966501234567' } },
      });
  });

  it.each([
    ['3.12556E+10', `is a number whose digits a spreadsheet dropped: "3.12556E+10" (${keepText})`],
    ['3125550123.0', `is a number with the .0 of a fraction: "3125550123.0" (${keepText})`],
    ['#REF!', 'is an error of a spreadsheet: "#REF!"'],
    ['#NAME?', 'is an error of a spreadsheet: "#NAME?"'],
    ['#N/A', 'is an error of a spreadsheet: "#N/A"'],
    ['none', 'has no digits: "none"'],
    ['٣٫١٢E+١٠', `is a number whose digits a spreadsheet dropped: "٣٫١٢E+١٠" (${keepText})`],
    ['٠٥٠٩٨٧٦٥٤٣', 'is "٠٥٠٩٨٧٦٥٤٣", another number than candidate_phone_e164, "+436641234567"'],
    ['0664 123\n4567', 'has a line break or a control character: "0664 123<U+000A>4567"'],
    ['0'.repeat(20_000), 'is longer than 500 characters'],
    ['+43 664 7654321', 'is "+43 664 7654321", another number than candidate_phone_e164, "+436641234567"'],
    ['0650 9876543', 'is "0650 9876543", another number than candidate_phone_e164, "+436641234567"'],
  ])('%.20s is refused', (phone, problem) => {
    expect(messages(phones(phone, '+436641234567').issues)).toEqual([
      `Correct candidate_phone: it ${problem}.`,
    ]);
  });

  it('that is not known to be in use leaves the text message out, is told, and stops nothing', () => {
    for (const linked of [false, true]) {
      const judged = judge({ candidate_phone: '90-123-4567', candidate_phone_e164: '+81901234567' }, linked);
      expect(judged).toMatchObject({
        issues: [],
        asides: [{ code: 'INVALID_FORMAT', field: 'candidate_phone_e164' }],
        values: { candidate: { phone: null, phoneE164: null } },
      });
      expect(messages(judged.asides)[0]).toContain('"+81901234567"');
    }
    const canceled = { candidate_phone: '1', candidate_phone_e164: '+81901234567', desired: 'canceled' };
    expect(judge(canceled)).not.toHaveProperty('asides');
  });
});

describe('a number or a time of a file', () => {
  it('may have the digits of any script, and is stored in plain ones', () => {
    expect(parseCell('smallint', '-١٢')).toEqual({ value: -12 });
    expect(parseCell('numeric', '۷.۵')).toEqual({ value: '7.5' });
    expect(parseCell('timestamptz', '२०३१-०५-०१T१२:००:००+०५:३०')).toEqual({
      value: '2031-05-01T12:00:00+05:30',
    });
    expect(parseCell('text', '١٧')).toEqual({ value: '١٧' });
    expect(parseCell('smallint', '²')).toHaveProperty('problem');
  });
});

describe('what a spreadsheet left', () => {
  it.each([
    ['Ada\nLovelace', 'has a line break or a control character: "Ada<U+000A>Lovelace"'],
    ['Ada\u2028Lovelace', 'has a line break or a control character: "Ada<U+2028>Lovelace"'],
    ['#VALUE!', 'is an error of a spreadsheet: "#VALUE!"'],
    ['x'.repeat(20_000), 'is longer than 500 characters'],
    ['#BEZUG!', 'is an error of a spreadsheet: "#BEZUG!"'],
    ['#ÜBERLAUF!', 'is an error of a spreadsheet: "#ÜBERLAUF!"'],
    ['#¡REF!', 'is an error of a spreadsheet: "#¡REF!"'],
    ['#¿NOMBRE?', 'is an error of a spreadsheet: "#¿NOMBRE?"'],
    ['#DEEL/0!', 'is an error of a spreadsheet: "#DEEL/0!"'],
    ['#NÉV?'.normalize('NFD'), `is an error of a spreadsheet: "${'#NÉV?'.normalize('NFD')}"`],
    ['#ССЫЛКА!', 'is an error of a spreadsheet: "#ССЫЛКА!"'],
    ['#Н/Д', 'is an error of a spreadsheet: "#Н/Д"'],
    ['#NV', 'is an error of a spreadsheet: "#NV"'],
    ['\u00a0#N/D!\u200b', 'is an error of a spreadsheet: "#N/D!"'],
    ['#ref!', 'is an error of a spreadsheet: "#ref!"'],
    ['Err:502', 'is an error of a spreadsheet: "Err:502"'],
    ['########', 'is what a spreadsheet shows in a column that is too narrow: "########"'],
    ...[
      '=A1',
      '=$B$2&C2',
      '=VLOOKUP(A2;B:C;2)',
      '="0017"',
      '=+A1',
      "='Sheet 1'!A1",
      '=Blad1!A1',
      '=1+2',
      '=Total',
    ].map(
      (text) =>
        [text, `is a formula of a spreadsheet, not its result: ${JSON.stringify(text)}`] as [string, string],
    ),
    ['17.0', `is a number with the .0 of a fraction: "17.0" (${keepText})`],
    ['Kari\u202eN', 'has a character that nobody sees, U+202E: "Kari<U+202E>N"'],
    ['Kari\u200b Moe', 'has a character that nobody sees, U+200B: "Kari<U+200B> Moe"'],
    ['Ka\u200cri', 'has a character that nobody sees, U+200C: "Ka<U+200C>ri"'],
    [`${'x'.repeat(80)}\ufeffy`, `has a character that nobody sees, U+FEFF: "${'x'.repeat(60)}…"`],
    ['Ada \u200fLovelace', 'has a character that nobody sees, U+200F: "Ada <U+200F>Lovelace"'],
    ['Ada Lovelace\n', null],
    ['#1 Baker', null],
    ['#Hiring!', null],
    ['#17', null],
    ['== Baker ==', null],
    ['=> Baker', null],
    ['C# / .NET 8.0', null],
    ['علی\u200cرضا', null],
    ['മോഹന്\u200dലാല് \u200dനായര്\u200d Nair'.replace(' \u200d', '\u200d '), null],
    ['শ্রীর\u200d্যা', null],
    ['ක්\u200dරිස්ටි', null],
    ['ស្រី\u200bមុំ', null],
    ['שרה\u200f (Sara)', null],
    ['Donau\u00addampfschiff', null],
    ['👩\u200d⚕\ufe0f Nurse, 👩🏽\u200d🍳 Cook', null],
    ['\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} Guide', null],
  ])('in a name or a title is told: %.20j', (text, problem) => {
    expect(lineProblem(text)).toBe(problem);
    const user = { atsId: 'U', name: text, email: 'a@b.test', role: null, active: null };
    expect(messages(judgeUser(user).issues)).toEqual(
      problem === null ? [] : [`Correct name: it ${problem}.`],
    );
    expect(messages(judge({ candidate_name: text }).issues)).toEqual(
      problem === null ? [] : [`Correct candidate_name: it ${problem}.`],
    );
  });

  it('of nothing but what nobody sees is nothing', () => {
    const invisible = '\u200b\u00a0\ufeff';
    expect(judge({ candidate_name: invisible }).issues).toMatchObject([
      { code: 'REQUIRED_FIELD_MISSING', field: 'candidate_name' },
    ]);
    expect(judge({ email_message: invisible, timezone: invisible })).toMatchObject({
      issues: [],
      values: { emailMessage: null, timezone: null },
    });
    expect(messages(judge({ questions: [{ text: invisible, time_limit: 30 }] }).issues)).toEqual([
      'Correct question 1: text must not be empty.',
    ]);
    const request = {
      atsId: 'R',
      reviewers: [{ name: invisible, email: 'ada@mill.test' }],
      interview_ats_ids: ['I'],
      send_email: null,
      status: null,
    };
    expect(messages(judgeShareRequest(request).issues)).toEqual([
      'Correct reviewer 1: name must not be empty.',
    ]);
  });

  it('in texts, places and questions is told', () => {
    const job = {
      atsId: 'J',
      title: 'Baker',
      description: '#REF!',
      status: 'open',
      city: '#N/A',
      region: null,
      country: 'Austria',
      work_mode: null,
      work_place: null,
      owner_ats_id: '#REF!',
    };
    expect(judgeJob(job).issues.map(({ field }) => field)).toEqual(['owner_ats_id', 'description', 'city']);
    expect(textProblem('x'.repeat(100_001))).toBe('is longer than 100000 characters');
    expect(judge({ email_message: '#REF!' }).issues).toMatchObject([{ field: 'email_message' }]);
    const questions = [{ text: '#REF!', time_limit: 30 }];
    expect(messages(judge({ questions }).issues)).toEqual([
      'Correct question 1: text is an error of a spreadsheet: "#REF!".',
    ]);
  });
});

describe('a key or reference', () => {
  const odd = [
    ...['K2 ', ' K2', 'K2\r', 'K\u200b2', 'K\u00a02', '#REF!'],
    ...['#NV', '#WERT!', '=A1', '4.10888E+17', '4.10888E17', '4.1e+17', '410888000000123457.0', "'K1"],
  ];

  it.each(odd)('%j is told where a row has it, with what nobody sees', (key) => {
    const message = `it ${identityProblem(key)}.`;
    const told = (field: string) => [`Correct ${field}: ${message}`];
    expect(messages(judge({ atsId: key }).issues)).toEqual(told('ats_id'));
    for (const field of ['job_ats_id', 'requested_by_ats_id', 'package'] as const) {
      const judged = judge({ [field]: key });
      expect([messages(judged.issues), judged.waits]).toEqual([told(field), []]);
    }
    const request = {
      atsId: 'R',
      reviewers: [{ name: 'Ada', email: 'ada@mill.test' }],
      interview_ats_ids: [key],
      send_email: null,
      status: null,
    };
    expect(messages(judgeShareRequest(request).issues)).toEqual(told('interview_ats_ids'));
    expect(messages(judgeShareRequest({ ...request, atsId: key, interview_ats_ids: ['I'] }).issues)).toEqual(
      told('ats_id'),
    );
  });

  it.each([' ', '\u00a0', '\u200b'])(
    'of nothing but %j refers to somebody, and nobody knows to whom',
    (key) => {
      const told = (field: string) => [`Correct ${field}: it is nothing but blanks: ${visible(key)}.`];
      expect(messages(judge({ atsId: key }).issues)).toEqual(told('ats_id'));
      for (const field of ['requested_by_ats_id', 'package'] as const) {
        const judged = judge({ [field]: key });
        expect([messages(judged.issues), judged.waits]).toEqual([told(field), []]);
        expect(judge({ [field]: '' }).issues).toEqual([]);
      }
      expect(judge({ job_ats_id: key }).issues).toMatchObject([
        { code: 'REQUIRED_FIELD_MISSING', field: 'job_ats_id' },
      ]);
    },
  );

  it('of a row that was sent stops nothing of it', () => {
    expect(judge({ atsId: 'K2 ' }, true)).toMatchObject({
      issues: [],
      columnIssues: [{ code: 'INVALID_FORMAT', field: 'ats_id' }],
      values: { jobAtsId: 'J' },
    });
  });

  it('of a cancellation that was never sent is told: it may be meant for another row', () => {
    expect(judge({ atsId: 'K2\r', desired: 'canceled' })).toMatchObject({
      wanted: false,
      issues: [],
      asides: [{ code: 'INVALID_FORMAT', field: 'ats_id' }],
    });
    expect(judge({ atsId: 'K2', desired: 'canceled' })).not.toHaveProperty('asides');
  });

  it('may hold plain blanks inside, and letters of any kind', () => {
    for (const key of ['K 2', 'Bäcker/17', '日本-1', '1E5', '4E17', '0017', '#17', '2.10', 'v1.0'])
      expect(identityProblem(key)).toBeNull();
  });
});

describe('a word', () => {
  it('is understood whatever blanks are around it', () => {
    for (const desired of [' canceled\u00a0', 'Cancelled\u200b', '\ufeffcanceled\r\n'])
      expect(judge({ desired })).toMatchObject({ wanted: false, issues: [] });
    expect(messages(judge({ desired: 'can\u200bceled' }).issues)[0]).toContain('"can<U+200B>celed"');
  });
});

describe('a time zone', () => {
  it.each([
    'Europe/Vienna',
    'America/Argentina/Buenos_Aires',
    'Asia/Calcutta',
    'Europe/Kiev',
    'UTC',
    'Etc/UTC',
    'Australia/ACT',
    'America/Knox_IN',
  ])('%s is a place, or UTC, and sent as it is', (name) => {
    expect(readTimezone(name)).toEqual({ problem: null, name });
  });

  it.each([
    ['europe/vienna', 'Europe/Vienna'],
    [' EUROPE/VIENNA ', 'Europe/Vienna'],
    ['america/new_york', 'America/New_York'],
    ['america/port-Au-prince', 'America/Port-au-Prince'],
    ['utc', 'UTC'],
    ['etc/utc', 'Etc/UTC'],
  ])('%s is sent in the case that all programs know: %s', (given, name) => {
    expect(judge({ timezone: given })).toMatchObject({ issues: [], values: { timezone: name } });
  });

  it.each([
    ['IST', 'Asia/Kolkata, Europe/Dublin or Asia/Jerusalem'],
    ['BST', 'Europe/London or Asia/Dhaka'],
    ['EST', 'America/New_York'],
    ['cst', 'America/Chicago, Asia/Shanghai or America/Havana'],
    ['EST5EDT', 'America/New_York'],
    ['GMT', 'UTC, or Europe/London for British time'],
    ['US/Pacific', 'America/Los_Angeles'],
    ['Japan', 'Asia/Tokyo'],
    ['America/New York', 'America/New_York'],
    ['Pacific Standard Time', 'America/Los_Angeles'],
  ])('%s is none, and the likely place is told', (name, place) => {
    expect(messages(judge({ timezone: name }).issues)).toEqual([
      `Write timezone as Area/Location, like Europe/Vienna, or as UTC, or leave it empty: "${name}" is none (did you mean ${place}?).`,
    ]);
  });

  it.each(['Etc/GMT+5', 'Mars/Base', '+02:00', 'Vienna', 'Europe/', 'SystemV/EST5'])('%s is none', (name) => {
    expect(messages(judge({ timezone: name }).issues)[0]).toMatch(/ is none\.$/);
  });
});

describe('what exports and templates leave', () => {
  it.each([
    ['NULL', 'is what programs write where there is no value: "NULL" (where that is meant, write Null)'],
    [' null ', 'is what programs write where there is no value: "null" (where that is meant, write Null)'],
    ['\\N', 'is what programs write where there is no value: "\\\\N"'],
    ['(null)', 'is what programs write where there is no value: "(null)"'],
    ['NaN', 'is what programs write where there is no value: "NaN"'],
    ['undefined undefined', 'is what programs write where there is no value: "undefined undefined"'],
    ['NULL, NULL', 'is what programs write where there is no value: "NULL, NULL"'],
    ['[object Object]', 'has what a program writes for a value that is no text: "[object Object]"'],
    [
      'Dear [object Object],\nhello',
      'has what a program writes for a value that is no text: "[object Object]"',
    ],
    ['{{candidate.first_name}}', 'has a placeholder that nothing was put in for: "{{candidate.first_name}}"'],
    ['Dear {{ Vorname }}!', 'has a placeholder that nothing was put in for: "{{ Vorname }}"'],
    [`Hello \${firstName}`, `has a placeholder that nothing was put in for: "\${firstName}"`],
    ['Hi *|FNAME|*', 'has a placeholder that nothing was put in for: "*|FNAME|*"'],
    ['Hi <%= name %>', 'has a placeholder that nothing was put in for: "<%= name %>"'],
  ])('is refused in every text: %j', (text, problem) => {
    expect(textProblem(text)).toBe(problem);
    if (!text.includes('\n')) expect(lineProblem(text)).toBe(problem);
  });

  it.each([
    ['Ada undefined', 'has a part that programs write where there is no value: "Ada undefined"'],
    ['null Lind', 'has a part that programs write where there is no value: "null Lind"'],
    ['J&#252;rgen', 'has a character written as HTML, &#252;: "J&#252;rgen" (write the character itself)'],
    ['R&amp;D lead', 'has a character written as HTML, &amp;: "R&amp;D lead" (write the character itself)'],
    [
      'Ren&eacute;e',
      'has a character written as HTML, &eacute;: "Ren&eacute;e" (write the character itself)',
    ],
    ['<b>Ada</b>', 'has HTML tags: "<b>Ada</b>" (write the text alone)'],
  ])('is refused in a name and left alone in a message, which may be HTML or say so: %j', (text, problem) => {
    expect(lineProblem(text)).toBe(problem);
    expect(textProblem(text)).toBeNull();
  });

  it.each([
    'Null',
    'Jennifer Null',
    'JENNIFER NULL',
    'None',
    'Nan',
    'Na Li',
    'R&D',
    'Ben & Jerry',
    'C++ <Senior>',
    'Engineer {remote}',
    'Nullius in verba',
    'Undefined behaviour engineer',
    `Salary: \${50}`,
    '<3',
  ])('is not what may be meant: %j', (text) => {
    expect([lineProblem(text), textProblem(text)]).toEqual([null, null]);
  });

  it('is told in all that leaves', () => {
    const sent = judge({
      type: 'one_way',
      candidate_name: 'undefined undefined',
      email_message: 'NULL',
      questions: [{ text: '{{question}}', time_limit: 60 }],
    });
    expect(sent.issues.map(({ code, field }) => [code, field])).toEqual([
      ['INVALID_FORMAT', 'candidate_name'],
      ['INVALID_FORMAT', 'questions'],
      ['INVALID_FORMAT', 'email_message'],
    ]);
  });
});
