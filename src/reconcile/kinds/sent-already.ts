/** What an invitation said cannot be changed once it was sent: each column of its row that says otherwise is told. */
import { type Draft, raise } from '../draft.js';
import { addressesSaid } from '../kin/kin.js';
import { hasRow, isReplaced, whyUnusable } from '../parents.js';
import type { Base, DesiredInterview, Json, Linked, ObservedInterview, Pair, ParentJob } from '../types.js';
import { sameEmail, sameText, sameTimezone, sameValue, sameWords } from '../values/equality.js';

/** Texts of the invitation that nothing shows once it was sent: kept in the base as the row said them, and as they were sent. */
const fixedTexts = {
  email_message: { of: ({ emailMessage }: DesiredInterview) => emailMessage, same: sameWords },
  timezone: { of: ({ timezone }: DesiredInterview) => timezone, same: sameTimezone },
};
type FixedText = keyof typeof fixedTexts;

/** What the row itself says, beside what was sent, which its package may have given. */
function said(values: DesiredInterview, column: FixedText): Pair {
  const sent = fixedTexts[column].of(values);
  return { ats: values.fromPackage?.includes(column) ? null : sent, sparkhire: sent };
}

const fixedNames = Object.keys(fixedTexts) as FixedText[];

/** The fixed texts of an invitation, as they are kept once it was sent. */
export function saidTexts(values: DesiredInterview): Base {
  return Object.fromEntries(fixedNames.map((column) => [column, said(values, column)]));
}

/** One issue per column that is not what was sent, for as long as it differs. */
export function unchangeable(
  values: DesiredInterview,
  { link: { base }, observed }: Linked<ObservedInterview>,
  draft: Draft,
): void {
  const sentTo = base.candidate?.ats as Candidate | undefined;
  const was = agreedCandidate(sentTo, values, observed);
  // To whom it was sent at first is kept: the ATS may come back to that.
  if (sentTo !== undefined && !sameValue(was as Json, sentTo as Json)) {
    const [first] = [...addressesSaid(base).slice(1), sentTo.email];
    const isOther = typeof first === 'string' && !sameEmail(first, was.email ?? null);
    draft.settles.candidate = { ats: was as Json, sparkhire: isOther ? { email: first } : null };
  }
  const { candidate } = values;
  const columns: Array<[string, Json, Json | undefined, (a: Json, b: Json) => boolean]> = [
    ['candidate_name', candidate.name, was.name, sameWords],
    ['candidate_email', candidate.email, was.email, sameEmail],
    ['candidate_phone', candidate.phone, was.phone, sameWords],
    ['candidate_phone_e164', candidate.phoneE164, was.phoneE164, sameText],
    ['type', values.type, base.type?.ats, sameText],
  ];
  // A person is asked about the job already, or it is settled first.
  const isAsked = draft.conflicts.some(({ field }) => field === 'job');
  if (!isAsked && !judgeJob(values, observed, base, draft))
    columns.push(['job_ats_id', values.jobAtsId, base.job?.ats, sameText]);
  // A number that is not kept any more is no other number, nor is one that people write otherwise.
  const { phone, phoneE164 } = candidate;
  const isSameNumber =
    phone === null ? phoneE164 === null : phoneE164 !== null && phoneE164 === was.phoneE164;
  for (const [field, now, sent, same] of columns) {
    if (sent === undefined || same(now, sent)) continue;
    // A package is a template: what became of it since the invitation is no wish to change that.
    if (values.fromPackage?.includes(field)) continue;
    const isPhone = field.startsWith('candidate_phone');
    if (isPhone && isSameNumber) continue;
    const isOfNoRow = field === 'job_ats_id' && isMissing(draft.context.parents.job);
    const message = isPhone ? numberSent : isOfNoRow ? sentForAnother(values.jobAtsId, sent) : sentAlready;
    raise(draft, 'IMMUTABLE_AFTER_SEND', field, message);
  }
  // What was a package's is what was sent, and no wish of the row.
  for (const field of fixedNames) {
    const { same } = fixedTexts[field];
    const pair = base[field];
    const now = said(values, field).ats;
    if (pair === undefined || values.fromPackage?.includes(field)) continue;
    if (!same(now, pair.ats) && !same(now, pair.sparkhire))
      raise(draft, 'IMMUTABLE_AFTER_SEND', field, sentAlready);
  }
}

type Candidate = Partial<Record<string, Json>>;

/** What was sent, or what Spark Hire shows by now, where people changed name or address there and the row says the same. */
function agreedCandidate(
  was: Candidate | undefined,
  { candidate: { name, email } }: DesiredInterview,
  { candidateName, candidateEmail }: ObservedInterview,
): Candidate {
  const agreed = { ...was };
  if (candidateName !== null && sameWords(name, candidateName) && !sameWords(name, agreed.name ?? null))
    agreed.name = name;
  if (candidateEmail !== null && sameEmail(email, candidateEmail) && !sameEmail(email, agreed.email ?? null))
    agreed.email = email;
  return agreed;
}

const sentAlready =
  'The invitation was sent, so this can no longer be changed. Set it back, or cancel this row and invite with a new one.';

const numberSent =
  'The invitation was sent and the number cannot be changed any more: set it back, or leave both phone columns empty.';

const isMissing = (job: ParentJob | null) => job !== null && job.uuid === null && !hasRow(job);

/** Its row may come in a later load: to invite anew would be a second e-mail. */
const sentForAnother = (jobAtsId: string, sent: Json) =>
  `There is no row ${jobAtsId} in ats.jobs (yet), and the invitation was sent for job ${sent}: write that row if it is the same job under another key, or set this back.`;

/** A job may have got another key: then it is settled, or waited for. @returns whether it is, or may be, the same one all the same */
function judgeJob(
  { jobAtsId }: DesiredInterview,
  { jobUuid }: ObservedInterview,
  base: Base,
  draft: Draft,
): boolean {
  const { job } = draft.context.parents;
  if (sameText(jobAtsId, draft.settles.job?.ats ?? null)) return true;
  if (base.job === undefined || sameText(jobAtsId, base.job.ats) || job === null || jobUuid === null)
    return false;
  if (job.uuid === jobUuid || isReplaced(job, jobUuid)) {
    draft.settles.job = { ats: jobAtsId, sparkhire: job.uuid === jobUuid ? null : base.job.sparkhire };
    return true;
  }
  // A job that lacks nothing but a slot is to be made: it is another one.
  const isNew = job.withoutSlot === true && job.state === 'held';
  if (job.uuid !== null || isNew || !hasRow(job)) return false;
  // Which job it is comes first, whether its row can be used as it is after that.
  const isStuck = job.state === 'rejected' || job.state === 'held';
  const why = isStuck ? whyUnusable('job', job) : null;
  if (why !== null) raise(draft, 'UNKNOWN_REFERENCE', 'job_ats_id', why);
  draft.waits.push(`waits for job ${jobAtsId} to be in Spark Hire: it may be the same under another key`);
  return true;
}
