/** Whether a share request means something that can be sent, and what it means for one of its reviewers. Pure. */
import { z } from 'zod';
import { folded } from '../reconcile/equality.js';
import { partsOfShareLinkKey, shareLinkKey } from '../reconcile/share-keys.js';
import type { DesiredShareLink, Issue, JudgedRow } from '../reconcile/types.js';
import { emailProblem } from '../text/email-address.js';
import { visible } from '../text/invisible.js';
import { type AtsShareRequest, blankToNull } from './ats-rows.js';
import { type Findings, findings, shown } from './findings.js';
import { identityProblem } from './identities.js';
import { judgeText, lineProblem } from './texts.js';

const statuses = ['active', 'inactive'] as const;

export interface JudgedShareRequest {
  atsId: string;
  wanted: boolean;
  /** Of the request: they concern every reviewer. */
  issues: Issue[];
  /** Those that can be told, each address once. */
  reviewers: DesiredShareLink['reviewer'][];
  interviewAtsIds: string[];
  sendEmail: boolean;
  status: 'active' | 'inactive';
}

export function judgeShareRequest(row: AtsShareRequest): JudgedShareRequest {
  const found = findings();
  judgeText(found, 'ats_id', row.atsId, identityProblem);
  const reviewers = judgeReviewers(found, row.reviewers);
  const interviewAtsIds = judgeInterviews(found, row.interview_ats_ids);
  const status = found.oneOf('status', row.status, statuses) ?? 'active';
  return {
    atsId: row.atsId,
    wanted: !row.deleted,
    issues: found.issues,
    reviewers,
    interviewAtsIds,
    sendEmail: row.send_email === true,
    status,
  };
}

/** The rows that a request is for: one a reviewer; a request that names nobody has one to tell so. */
export function shareLinkKeys({ atsId, wanted, reviewers }: JudgedShareRequest): string[] {
  if (!wanted) return [];
  if (reviewers.length === 0) return [shareLinkKey(atsId, '')];
  return reviewers.map(({ email }) => shareLinkKey(atsId, email));
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
  const isWrong = request.wanted && request.issues.length > 0;
  const wanted = isWrong || shareLinkKeys(request).includes(key);
  const reviewer = request.reviewers.find(({ email }) => folded(email) === address);
  const isUsable = wanted && !isWrong && reviewer !== undefined;
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
    .string({ error: 'name must be given' })
    .refine((name) => name.trim() !== '', 'name must not be empty')
    .superRefine((name, context) => {
      const problem = lineProblem(name);
      if (problem !== null) context.addIssue({ code: 'custom', message: `name ${problem}` });
    }),
  email: z.string({ error: 'email must be given' }),
});

function judgeReviewers(found: Findings, value: unknown): DesiredShareLink['reviewer'][] {
  const wrong = (message: string) => found.add('INVALID_FORMAT', 'reviewers', message);
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
    found.add('REQUIRED_FIELD_MISSING', 'reviewers', 'Give reviewers: at least one, with name and email.');
    return [];
  }
  if (!Array.isArray(value)) {
    wrong('Write reviewers as a list: [{"name": …, "email": …}].');
    return [];
  }
  const reviewers = new Map<string, DesiredShareLink['reviewer']>();
  for (const [index, item] of value.entries()) {
    const { data, error } = reviewerSchema.safeParse(item);
    if (data === undefined) {
      const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
      const problem = isObject ? error.issues[0]!.message : 'it must be an object with name and email';
      wrong(`Correct reviewer ${index + 1}: ${problem}.`);
      continue;
    }
    const { name, email } = data;
    // The rows of a request are named after its key, a slash and the address.
    const problem = emailProblem(email) ?? (email.includes('/') ? 'has a slash' : null);
    if (problem !== null) {
      wrong(
        `Correct reviewer ${index + 1}: write email as an address like ada@example.com; ${visible(email)} is none: it ${problem}.`,
      );
    } else if (reviewers.has(folded(email))) {
      found.add(
        'DUPLICATE',
        'reviewers',
        `Name each reviewer once: ${shown(email)} is there twice. Every reviewer gets one link.`,
      );
    } else {
      reviewers.set(folded(email), { name: name.trim(), email });
    }
  }
  return [...reviewers.values()];
}

function judgeInterviews(found: Findings, value: AtsShareRequest['interview_ats_ids']): string[] {
  const ids = (value ?? []).map((id) => blankToNull(id));
  if (ids.length === 0) {
    found.add(
      'REQUIRED_FIELD_MISSING',
      'interview_ats_ids',
      'Give interview_ats_ids: the ats_id of at least one interview.',
    );
  }
  if (ids.includes(null)) {
    found.add('INVALID_FORMAT', 'interview_ats_ids', 'Take the empty entries out of interview_ats_ids.');
  }
  for (const id of ids) judgeText(found, 'interview_ats_ids', id, identityProblem);
  return [...new Set(ids.filter((id) => id !== null))].sort();
}
