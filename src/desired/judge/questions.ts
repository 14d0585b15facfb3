/** Questions as the ATS writes them: `[{"text", "time_limit", "takes"}]`. */
import { z } from 'zod';
import type { DesiredQuestion } from '../../reconcile/types.js';
import { trimmed } from '../../text/invisible.js';
import { textProblem } from '../../text/lines.js';
import { tooLarge, tooLargeProblem } from '../read/readable.js';
import type { Findings } from './findings.js';
import { mustBeText } from './texts.js';

const timeLimits = [30, 60, 90, 120, 160, 180] as const;

/** What is said of a value that should be a number; a text of digits looks right. */
const mustBeNumber = (problem: string) => ({
  error: ({ input }: { input?: unknown }) =>
    typeof input === 'string' ? `${problem}, as a number without quotes` : problem,
});

const questionSchema = z.object({
  text: z
    .string({ error: mustBeText('text') })
    .refine((text) => trimmed(text) !== '', 'text must not be empty')
    .superRefine((text, context) => {
      const problem = textProblem(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: `text ${problem}` });
    }),
  time_limit: z.literal(
    timeLimits,
    mustBeNumber(`time_limit must be one of ${timeLimits.join(', ')} (seconds)`),
  ),
  takes: z
    .int(mustBeNumber('takes must be a whole number, 0 to 5, or -1 for any number'))
    .min(-1, 'takes must be 0 to 5, or -1 for any number')
    .max(5, 'takes must be 0 to 5, or -1 for any number')
    .nullish(),
});

/** null if there are none, or, with an issue, if they cannot be used. @param giver who gave them, if not the row */
export function judgeQuestions(
  found: Findings,
  value: unknown,
  giver: string | null,
): DesiredQuestion[] | null {
  if (value === null || value === undefined) return null;
  const place = giver === null ? '' : ` in ${giver}`;
  if (value === tooLarge) {
    found.add('INVALID_FORMAT', 'questions', `Shorten questions${place}: the list ${tooLargeProblem}.`);
    return null;
  }
  if (!Array.isArray(value)) {
    found.add(
      'INVALID_FORMAT',
      'questions',
      `Write questions${place} as a list: [{"text": …, "time_limit": …, "takes": …}].`,
    );
    return null;
  }
  const questions: DesiredQuestion[] = [];
  for (const [index, item] of value.entries()) {
    const { data, error } = questionSchema.safeParse(item);
    if (data === undefined) {
      const problem =
        typeof item === 'object' && item !== null && !Array.isArray(item)
          ? error.issues[0]!.message
          : 'it must be an object with text and time_limit';
      found.add('INVALID_FORMAT', 'questions', `Correct question ${index + 1}${place}: ${problem}.`);
      return null;
    }
    questions.push({ text: data.text, time_limit: data.time_limit, takes: data.takes ?? null });
  }
  return questions.length === 0 ? null : questions;
}
