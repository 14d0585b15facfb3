/** Whether a share request means something that can be sent, and what it means for one of its reviewers. Pure. */
import { z } from 'zod';
import { partsOfShareLinkKey, shareLinkKey } from '../../reconcile/kinds/share-keys.js';
import type { DesiredShareLink, Issue, JudgedRow } from '../../reconcile/types.js';
import { emailProblem } from '../../text/email-address.js';
import { addressInLetters, folded } from '../../text/forms.js';
import { trimmed, visible } from '../../text/invisible.js';
import { lineProblem, longestLine } from '../../text/lines.js';
import { type AtsShareRequest, blankToNull } from '../ats-rows.js';
import { tooLarge, tooLargeProblem } from '../read/readable.js';
import { type Findings, findings, forgottenMessage, shown } from './findings.js';
import { identityProblem } from './identities.js';
import { judgeText, mustBeText } from './texts.js';

/**
 * Of reviewers, and of interviews, that one request may name. Every reviewer is a row that names all interviews: what
 * both lists may be together must not stop anything.
 */
const most = 1000;
const statuses = ['active', 'inactive'] as const;

type Reviewer = DesiredShareLink['reviewer'];

interface JudgedReviewers {
  reviewers: Map<string, Reviewer | null>;
  hasUntold: boolean;
}

export interface JudgedShareRequest {
  atsId: string;
  /** Of the request: they concern every reviewer. */
  issues: Issue[];
  /** By their addresses in the form that keys have; null: all else of the reviewer cannot be used. */
  reviewers: ReadonlyMap<string, Reviewer | null>;
  /** Whether it names nobody, or somebody whose address cannot be told: it may be anybody's. */
  hasUntold: boolean;
  interviewAtsIds: string[];
  sendEmail: boolean;
  status: 'active' | 'inactive';
}

/** @param namedForgotten whether it named a reviewer who was erased: they are not in the row any more */
export function judgeShareRequest(row: AtsShareRequest, namedForgotten = false): JudgedShareRequest {
  const found = findings();
  if (namedForgotten) found.add('FORGOTTEN', 'reviewers', forgottenMessage);
  judgeText(found, 'ats_id', row.atsId, identityProblem);
  const judged = judgeReviewers(found, row.reviewers);
  // The rows of its reviewers have its key in theirs.
  const { reviewers, hasUntold } = row.atsId.length > longestLine ? ofNobody() : judged;
  const interviewAtsIds = judgeInterviews(found, row.interview_ats_ids);
  const status = found.oneOf('status', row.status, statuses) ?? 'active';
  return {
    atsId: row.atsId,
    issues: found.issues,
    reviewers,
    // Somebody has to be told.
    hasUntold: hasUntold || namedForgotten,
    interviewAtsIds,
    sendEmail: row.send_email === true,
    status,
  };
}

/** The rows that a request is for: one a reviewer, and one for whoever it names without an address, or for nobody. */
export function shareLinkKeys({ atsId, reviewers, hasUntold }: JudgedShareRequest): string[] {
  return [...reviewers.keys(), ...(hasUntold ? [''] : [])].map((address) => shareLinkKey(atsId, address));
}

/**
 * The row of one reviewer; withdrawn if the request does not name that address (any more). As long as something in the
 * request is wrong nobody is: a slip must not close links.
 */
export function judgeShareLink(
  request: JudgedShareRequest,
  key: string,
): Omit<JudgedRow<DesiredShareLink>, 'arrived'> {
  const { reviewer: address } = partsOfShareLinkKey(key);
  const { interviewAtsIds, sendEmail, status } = request;
  const isWrong = request.issues.length > 0;
  const reviewer = request.reviewers.get(address) ?? null;
  const wanted = isWrong || reviewer !== null;
  const isUsable = wanted && !isWrong && reviewer !== null;
  return {
    resource: 'share_links',
    atsId: key,
    wanted,
    values: isUsable ? { resource: 'share_links', reviewer, interviewAtsIds, sendEmail, status } : null,
    issues: wanted ? request.issues : [],
  };
}

const reviewerSchema = z.object({
  name: z
    .string({ error: mustBeText('name') })
    .refine((name) => trimmed(name) !== '', 'name must not be empty')
    .superRefine((name, context) => {
      const problem = lineProblem(name);
      if (problem !== null) context.addIssue({ code: 'custom', message: `name ${problem}` });
    }),
  email: z.string({ error: mustBeText('email') }),
});

const ofNobody = (): JudgedReviewers => ({ reviewers: new Map(), hasUntold: true });

function judgeReviewers(found: Findings, value: unknown): JudgedReviewers {
  const wrong = (message: string) => found.add('INVALID_FORMAT', 'reviewers', message);
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
    found.add('REQUIRED_FIELD_MISSING', 'reviewers', 'Give reviewers: at least one, with name and email.');
    return ofNobody();
  }
  if (value === tooLarge) {
    wrong(`Shorten reviewers: the list ${tooLargeProblem}.`);
    return ofNobody();
  }
  if (!Array.isArray(value)) {
    wrong('Write reviewers as a list: [{"name": …, "email": …}].');
    return ofNobody();
  }
  judgeNumber(found, 'reviewers', value);
  const reviewers = new Map<string, Reviewer | null>();
  let hasUntold = value.length > most;
  for (const [index, item] of value.slice(0, most).entries()) {
    const { data, error } = reviewerSchema.safeParse(item);
    // Whose link it is the address tells, whatever is wrong with the name.
    const email: unknown = data?.email ?? (item as { email?: unknown } | null)?.email;
    if (data === undefined) {
      const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
      const problem = isObject ? error.issues[0]!.message : 'it must be an object with name and email';
      wrong(`Correct reviewer ${index + 1}: ${problem}.`);
    }
    const problem = typeof email === 'string' ? addressProblem(email) : 'is none';
    if (problem !== null) hasUntold = true;
    if (typeof email !== 'string') continue;
    if (problem !== null) {
      if (data === undefined) continue;
      wrong(
        `Correct reviewer ${index + 1}: write email as an address like ada@example.com; ${visible(email)} is none: it ${problem}.`,
      );
    } else if (reviewers.has(addressInLetters(email))) {
      found.add(
        'DUPLICATE',
        'reviewers',
        `Name each reviewer once: ${shown(email)} is there twice. Every reviewer gets one link.`,
      );
    } else {
      reviewers.set(addressInLetters(email), data === undefined ? null : { name: data.name.trim(), email });
    }
  }
  return { reviewers, hasUntold };
}

/** The rows of a request are named after its key, a slash and the address. */
function addressProblem(email: string): string | null {
  return emailProblem(email) ?? (folded(email).includes('/') ? 'has a slash' : null);
}

function judgeInterviews(found: Findings, value: unknown): string[] {
  const field = 'interview_ats_ids';
  const wrong = (message: string) => found.add('INVALID_FORMAT', field, message);
  if (value === tooLarge) {
    wrong(`Shorten ${field}: the list ${tooLargeProblem}.`);
    return [];
  }
  const list = (value ?? []) as readonly unknown[];
  if (list.length === 0) {
    found.add('REQUIRED_FIELD_MISSING', field, `Give ${field}: the ats_id of at least one interview.`);
  }
  judgeNumber(found, field, list);
  const ids: string[] = [];
  for (const item of list.slice(0, most)) {
    const id = typeof item === 'string' ? blankToNull(item) : null;
    if (Array.isArray(item)) wrong(`Write ${field} as a plain list, not as rows and columns.`);
    else if (id === null) wrong(`Take the empty entries out of ${field}.`);
    else ids.push(id);
    judgeText(found, field, id, identityProblem);
  }
  return [...new Set(ids)].sort();
}

function judgeNumber(found: Findings, field: string, list: readonly unknown[]): void {
  if (list.length <= most) return;
  const message = `Name at most ${most} in ${field}: it has ${list.length}. Share the rest with another request.`;
  found.add('INVALID_FORMAT', field, message);
}
