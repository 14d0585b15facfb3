/** The calls that carry out an action, and what they answered. */
import { listedResource } from '../../backfill/resources.js';
import { readSingle } from '../../backfill/singles.js';
import { messageOf } from '../../errors.js';
import { statusWritten } from '../../reconcile/actions.js';
import type { Desired, PlannedAction, RowContext } from '../../reconcile/types.js';
import {
  ApiError,
  type BasicShareLink,
  type CallOptions,
  type Client,
  type Interview,
  type InterviewCreate,
  type Job,
  type Read,
} from '../../sparkhire/client.js';
import { type Answered, notShown, observedOf, settledByCreation } from './answered.js';
import { editQuestions } from './edit-questions.js';
import {
  cancelInterview,
  closeJob,
  closeShareLink,
  createInterview,
  createJob,
  createShareLink,
  createUser,
  openShareLink,
  updateInterview,
  updateJob,
  updateUser,
} from './payloads.js';
import { isMissing } from './refusal.js';

export interface Performed {
  uuid: string;
  /** The object as it is now; null if nothing that can be used came back. */
  read: Answered | null;
  /** It was deleted and cannot be read any more. */
  isDeleted: boolean;
  /** Whether what was expected shows. */
  shows: boolean;
}

export interface PerformOptions {
  /** Milliseconds since the epoch. */
  now: number;
  /** Values the object is to show afterwards. */
  expects: Parameters<typeof notShown>[1];
  /** Looks afterwards, where the user who acts may not see everything; the one that writes unless given. */
  reader?: Client;
  /** For the reads that follow. */
  signal: AbortSignal;
}

type Write = (client: Client, options: CallOptions) => Promise<Answered>;

/** @throws ApiError; SyncError INPUT_INVALID before anything was sent */
export async function perform(
  client: Client,
  call: CallOptions,
  action: PlannedAction,
  context: RowContext,
  options: PerformOptions,
): Promise<Performed> {
  const { resource } = action;
  const reader = options.reader ?? client;
  if (action.action === 'create') {
    const made = await creation(action, context, options.now)(client, call);
    const read = isTold(action, made) ? made : await whole(reader, resource, made, options.signal);
    return { uuid: read.value.uuid, read, isDeleted: false, shows: true };
  }
  const uuid = action.uuid!;
  if (action.action === 'delete') {
    const missing = await deleted(client, action, call);
    const read = await look(reader, resource, uuid, options.signal);
    // It is only hidden from the user who acts.
    if (missing !== null && options.reader !== undefined && read !== null && isActive(read)) throw missing;
    const isThere = read !== null && isActive(read);
    return { uuid, read: read === 'gone' ? null : read, isDeleted: read === 'gone', shows: !isThere };
  }
  if (action.action === 'share') {
    const link = await shared(client, uuid, call, options.signal);
    const read = await look(reader, resource, uuid, options.signal);
    const whole = read === null || read === 'gone' ? null : sharedBy(read as Read<Interview>, link);
    return { uuid, read: whole, isDeleted: false, shows: true };
  }
  if (action.changes.some(({ field }) => field === 'questions'))
    return updateWithQuestions(client, call, action, context, options);
  const echo = await change(action)(client, call);
  const shows = (read: Answered) => notShown(observedOf(resource, read), options.expects).length === 0;
  const isShown = echo.value.uuid === uuid && shows(echo);
  const asShown = { uuid, read: echo, isDeleted: false, shows: true };
  const isWholeNow =
    !isOlder(resource, echo, context) && !('description' in options.expects && isPart(resource, echo));
  if (isShown && isWholeNow) return asShown;
  // An answer may show the object as it was before, or repeat what was sent.
  const again = await look(reader, resource, uuid, options.signal);
  if (again === null || again === 'gone')
    return isShown ? asShown : { uuid, read: null, isDeleted: false, shows: false };
  return { uuid, read: again, isDeleted: false, shows: shows(again) };
}

/** Whether it changed no later than when it was read before the write: then it may not be what whoever reads is shown. */
function isOlder(resource: PlannedAction['resource'], echo: Answered, { observed }: RowContext): boolean {
  const [now, before] = [observedOf(resource, echo).updatedAt, observed?.updatedAt];
  return now != null && before != null && now <= before;
}

/** Some of the requests of an action were carried out, and then one was not. `cause` says why. */
export class PartlyDone extends Error {
  constructor(override readonly cause: unknown) {
    super(`done in part: ${messageOf(cause)}`);
  }
}

async function updateWithQuestions(
  client: Client,
  call: CallOptions,
  action: PlannedAction,
  { link }: RowContext,
  { signal, expects, reader = client }: PerformOptions,
): Promise<Performed> {
  const uuid = action.uuid!;
  let begun = false;
  try {
    if (action.changes.length > 1) {
      await change(action)(client, call);
      begun = true;
    }
    const { from, to } = action.changes.find(({ field }) => field === 'questions')!;
    const sides = { from, to, pair: link!.base.questions };
    await editQuestions({ client, reader }, call, uuid, sides, signal, () => {
      begun = true;
    });
  } catch (error) {
    throw begun ? new PartlyDone(error) : error;
  }
  const read = await look(reader, 'interviews', uuid, signal);
  if (read === null || read === 'gone') return { uuid, read: null, isDeleted: false, shows: false };
  return {
    uuid,
    read,
    isDeleted: false,
    shows: notShown(observedOf('interviews', read), expects).length === 0,
  };
}

function creation(
  { changes }: PlannedAction,
  { row, parents, smsNotifications, shares }: RowContext,
  now: number,
): Write {
  const values = row!.values! as Desired;
  switch (values.resource) {
    case 'users':
      return (client, call) => client.users.create(createUser(values), call);
    case 'jobs':
      return (client, call) => {
        // Without a free slot it is made inactive, whatever the row says.
        const status = statusWritten(changes) === 'active' ? 'active' : 'inactive';
        return client.jobs.create(createJob({ ...values, status }), call);
      };
    case 'interviews':
      return async (client, call) => {
        // The client checks what the judging of the row has checked already.
        const payload = createInterview(values, {
          jobUuid: parents.job!.uuid!,
          now,
          sms: smsNotifications,
        }) as InterviewCreate;
        const made = await client.interviews.create(payload, call);
        return made[0]!;
      };
    case 'share_links':
      return async (client, call) => {
        const uuids = shares!.interviews.map(({ uuid }) => uuid!);
        const made = await client.shareLinks.create(createShareLink(values, uuids), call);
        return made[0]!;
      };
  }
}

/**
 * Whether the answer to a creation says what was made. One that shows something else than was sent may show a stage of
 * the making; but the role of a user is in no other answer.
 */
function isTold({ resource, settles }: PlannedAction, made: Answered): boolean {
  if (resource === 'users') return true;
  return !isPart(resource, made) && !settledByCreation(settles, observedOf(resource, made)).differs;
}

/**
 * What answers the creation of a share link leaves out which interviews it shows; and a job may be answered as it is
 * listed, without its description. Spark Hire may keep that in a form of its own, which is what later is compared with.
 */
function isPart(resource: PlannedAction['resource'], { value }: Answered): boolean {
  return resource === 'share_links' || (resource === 'jobs' && (value as Job).description === undefined);
}

async function whole(
  client: Client,
  resource: PlannedAction['resource'],
  made: Answered,
  signal: AbortSignal,
): Promise<Answered> {
  const read = await look(client, resource, made.value.uuid, signal);
  return read === null || read === 'gone' ? made : read;
}

/** Makes the basic link. One that is not open yet is opened: nobody else would. */
async function shared(
  client: Client,
  interview: string,
  call: CallOptions,
  signal: AbortSignal,
): Promise<Read<BasicShareLink>> {
  const { shareLink } = client.interviews;
  const made = await shareLink.create(interview, call).catch(async (error: unknown) => {
    const isRefused = error instanceof ApiError && error.outcome === 'refused';
    if (!isRefused || ![400, 409, 422].includes(error.status ?? 0)) throw error;
    // An interview has but one link, and somebody may have made it.
    const there = await shareLink.get(interview, undefined, { lane: 'write', signal }).catch(() => null);
    if (there === null) throw error;
    return there;
  });
  if (made.value.status !== 'inactive') return made;
  try {
    return await shareLink.update(interview, made.value.uuid, openShareLink(), call);
  } catch (error) {
    throw new PartlyDone(error);
  }
}

function change({ resource, action, uuid, changes }: PlannedAction): Write {
  const id = uuid!;
  if (action === 'close') {
    return resource === 'share_links'
      ? (client, call) => client.shareLinks.update(id, closeShareLink(), call)
      : (client, call) => client.jobs.update(id, closeJob(), call);
  }
  if (action === 'cancel') return (client, call) => client.interviews.update(id, cancelInterview(), call);
  switch (resource) {
    case 'users':
      return (client, call) => client.users.update(id, updateUser(changes), call);
    case 'jobs':
      return (client, call) => client.jobs.update(id, updateJob(changes), call);
    case 'interviews':
      return (client, call) => client.interviews.update(id, updateInterview(changes), call);
    case 'share_links':
      return (client, call) => client.shareLinks.update(id, openShareLink(), call);
  }
}

/** @returns what says that it is gone already, which is what was wanted; null if it was deleted */
async function deleted(
  client: Client,
  { resource, uuid }: PlannedAction,
  call: CallOptions,
): Promise<ApiError | null> {
  // A share link is closed, and never deleted.
  if (resource === 'share_links') throw new Error('share links are not deleted');
  try {
    await client[resource].remove(uuid!, call);
    return null;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return error;
  }
}

function isActive(read: Answered | 'gone'): boolean {
  if (read === 'gone') return false;
  const { value } = read;
  if ('active' in value) return value.active !== false;
  return 'status' in value && value.status !== 'inactive';
}

/** What the object is now; null if that cannot be told: the mirror will. */
export async function look(
  client: Client,
  resource: PlannedAction['resource'],
  uuid: string,
  signal: AbortSignal,
): Promise<Answered | 'gone' | null> {
  const told = await readSingle(client, listedResource(resource), uuid, { lane: 'write', signal });
  if (told.state === 'there') return told.read as Answered;
  return told.state === 'gone' ? 'gone' : null;
}

/** The interview with its link, also where it does not show it itself. */
export function sharedBy(read: Read<Interview>, { value, raw }: Read<BasicShareLink>): Read<Interview> {
  if (read.value.share_link !== undefined && read.value.share_link !== null) return read;
  return {
    value: { ...read.value, share_link: { uuid: value.uuid, url: value.url, status: value.status } },
    raw: { ...read.raw, share_link: raw },
  };
}
