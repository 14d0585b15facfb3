/** What Spark Hire offers to an interview, as the mirror has it: question sets, and text messages of the plan. */
import type { Transaction } from '../../db/database.js';
import type { DesiredQuestion, NamedQuestionSet } from '../../reconcile/types.js';

/** The sets of these uuids; a set that the mirror does not have is not known. One statement. */
export async function readQuestionSets(
  tx: Transaction,
  account: string,
  uuids: readonly string[],
): Promise<Map<string, NamedQuestionSet>> {
  if (uuids.length === 0) return new Map();
  const records = await tx.query<{ uuid: string; known: boolean; questions: unknown }>(
    `select k.uuid, s.uuid is not null as known, s.questions from unnest($2::text[]) as k(uuid)
     left join sparkhire.question_sets s on s.account = $1 and s.uuid = k.uuid::uuid and s.deleted_at is null`,
    [account, [...new Set(uuids)]],
  );
  return new Map(
    records.map(({ uuid, known, questions }) => [uuid, { known, questions: questionsOf(questions) }]),
  );
}

function questionsOf(value: unknown): DesiredQuestion[] | null {
  if (!Array.isArray(value)) return null;
  const questions: DesiredQuestion[] = [];
  for (const item of value as Array<Record<string, unknown> | null>) {
    const text = item?.text;
    const timeLimit = Number(item?.time_limit);
    if (typeof text !== 'string' || !Number.isInteger(timeLimit)) return null;
    const takes = item?.takes == null || item.takes === '' ? null : Number(item.takes);
    questions.push({ text, time_limit: timeLimit, takes: Number.isInteger(takes) ? takes : null });
  }
  return questions;
}

/** Whether the plan sends text messages; false where nothing is known of it. */
export async function readSmsNotifications(tx: Transaction, account: string): Promise<boolean> {
  const [plan] = await tx.query<{ sms: boolean | null }>(
    `select features ->> 'interview_sms_notifications' = 'true' as sms from sparkhire.plans where account = $1`,
    [account],
  );
  return plan?.sms === true;
}
