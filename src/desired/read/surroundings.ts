/** What the rows of a chunk depend on: users and jobs they name, who acts, question sets, addresses, shared interviews. */
import type { Transaction } from '../../db/database.js';
import { isDisabled } from '../../reconcile/acting/acting.js';
import type {
  ActingUser,
  AddressHolder,
  DesiredQuestion,
  Link,
  NamedQuestionSet,
  RowSurroundings,
} from '../../reconcile/types.js';
import { actorOf, readActors } from './actors.js';
import { readAddressHolders } from './addresses.js';
import type { Kinship } from './kin/kinship.js';
import { readPendingInterviews } from './relations.js';
import { objectOf, type Reading, type Standing } from './standing.js';

/** By ats_id of the row, but for what says otherwise. */
export interface Surroundings {
  /** Whether the plan sends text messages; read only where somebody may get one. */
  sms: boolean;
  /** By their uuid. */
  sets: ReadonlyMap<string, NamedQuestionSet>;
  actors: ReadonlyMap<string, ActingUser>;
  pending: ReadonlyMap<string, number>;
  addresses: ReadonlyMap<string, AddressHolder>;
}

export async function readSurroundings(
  reading: Reading,
  standing: Standing,
  kinship: Kinship,
): Promise<Surroundings> {
  const { tx, account, resource, options } = reading;
  const keys = [...standing.known.keys()];
  const rows = [...standing.rows.values()];
  const isJobs = resource === 'jobs';
  return {
    ...(await readOffers(reading, standing)),
    actors: await readActing(reading, standing, kinship),
    pending: isJobs ? await readPendingInterviews(tx, account, keys) : new Map(),
    addresses: await readAddressHolders(
      tx,
      account,
      rows.map(({ judged }) => judged),
      (atsId) => objectOf(standing, atsId) ?? null,
      options.listed ?? null,
    ),
  };
}

async function readOffers(
  { tx, account }: Reading,
  { known, rows }: Standing,
): Promise<Pick<Surroundings, 'sets' | 'sms'>> {
  const interviews = [...rows.values()].flatMap(({ judged: { values } }) =>
    values?.resource === 'interviews' ? [values] : [],
  );
  const named = interviews.flatMap(({ questionSetUuid }) => questionSetUuid ?? []);
  const former = [...known.values()].flatMap(({ link }) => unreadSetOf(link) ?? []);
  const callable = interviews.some(({ candidate }) => candidate.phoneE164 !== null);
  return {
    sets: await readQuestionSets(tx, account, [...named, ...former]),
    sms: callable && (await readSmsNotifications(tx, account)),
  };
}

/** The sets of these uuids; a set that the mirror does not have is not known. One statement. */
async function readQuestionSets(
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
async function readSmsNotifications(tx: Transaction, account: string): Promise<boolean> {
  const [plan] = await tx.query<{ sms: boolean | null }>(
    `select features ->> 'interview_sms_notifications' = 'true' as sms from sparkhire.plans where account = $1`,
    [account],
  );
  return plan?.sms === true;
}

/** Who acts for each row that names somebody. */
async function readActing(
  { tx, account, options }: Reading,
  { known, rows }: Standing,
  { successors }: Kinship,
): Promise<Map<string, ActingUser>> {
  const named = [...known].flatMap(([atsId, { link }]): Array<[string, string]> => {
    const withdrawn = successors.get(atsId)?.withdrawn;
    const row = rows.get(atsId)?.judged ?? withdrawn ?? null;
    const key = actorOf(row, link);
    return key === null ? [] : [[atsId, key]];
  });
  const found = await readActors(
    tx,
    account,
    named.map(([, key]) => key),
    options.keyIds ?? [],
  );
  const acting = named.flatMap(([atsId, key]): Array<[string, ActingUser]> => {
    const actor = found.get(key);
    if (actor === undefined) return [];
    // A row that is gone can name nobody else: if whom it named cannot act any more, the administrator does.
    const isGone = !rows.has(atsId);
    const isUnnamed = isGone && successors.get(atsId)?.withdrawn === undefined;
    return (isGone && actor.uuid === null) || (isUnnamed && isDisabled(actor)) ? [] : [[atsId, actor]];
  });
  return new Map(acting);
}

/** The set that an interview was made with, where it is not known what questions it showed then. */
function unreadSetOf(link: Link | null): string | null {
  const { ats, sparkhire } = link?.base.questions ?? { ats: null, sparkhire: [] };
  const uuid = (ats as { questionSetUuid?: unknown } | null)?.questionSetUuid;
  return sparkhire === null && typeof uuid === 'string' ? uuid : null;
}

/** Of one row. */
export function surroundingsOf(
  { options: { setsAreTold } }: Reading,
  { known, rows, jobs, users, shares }: Standing,
  { sets, sms, actors, pending, addresses }: Surroundings,
  atsId: string,
): RowSurroundings {
  const values = rows.get(atsId)?.judged.values ?? null;
  const owner = values?.resource === 'jobs' ? values.ownerAtsId : null;
  const interview = values?.resource === 'interviews' ? values : null;
  const requestedBy = interview?.requestedByAtsId ?? null;
  const set = sets.get(interview?.questionSetUuid ?? '') ?? null;
  return {
    parents: {
      job: interview === null ? null : jobs.get(interview.jobAtsId)!,
      requestedBy: requestedBy === null ? null : users.get(requestedBy)!,
      owner: owner === null ? null : users.get(owner)!,
    },
    questionSet: set?.known === false && setsAreTold === false ? null : set,
    formerSet: sets.get(unreadSetOf(known.get(atsId)!.link) ?? '')?.questions ?? null,
    smsNotifications: sms,
    actor: actors.get(atsId) ?? null,
    pendingInterviews: pending.get(atsId) ?? 0,
    shares: shares?.get(atsId) ?? null,
    addressHolder: addresses.get(atsId) ?? null,
  };
}
