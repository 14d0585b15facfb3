/** What a delivery says: a hint about one object. Pure. */
import { storableJson } from '../mirror/encoding.js';
import { webhookEvents } from '../sparkhire/client.js';
import { asTimestamp, asUuid, isObject, type JsonObject } from '../sparkhire/fields.js';

/** Webhooks tell of these two. */
export type HintedName = 'jobs' | 'interviews';

export type HintKind = 'interview' | 'job' | 'rating' | 'unknown';

/** The headers of a delivery; null where one is missing. */
export interface EventHeaders {
  event: string | null;
  payloadType: string | null;
  webhookUuid: string | null;
}

export interface Hint {
  /** As the header has it. */
  event: string | null;
  kind: HintKind;
  /** The object it is about: for a rating its interview. Lower case; null if it cannot be told. */
  uuid: string | null;
  /** When the payload was last updated, or created if it never was; null if it does not say. */
  updatedAt: string | null;
  /** Whether it tells of a deletion. */
  deletes: boolean;
  /** Whether the event is one of the documented ones and its payload what it should be. */
  certain: boolean;
  /** Whether `uuid` may be that of something else, such as the rating itself. */
  guessed: boolean;
  /** The payload; null if it is no object. */
  object: JsonObject | null;
}

const longestHeader = 200;

/** @param headers as Node has them: names in lower case */
export function eventHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): EventHeaders {
  const read = (name: string) => {
    const value = headers[name];
    const text = (Array.isArray(value) ? value[0] : value)?.trim() ?? '';
    return text === '' ? null : text.slice(0, longestHeader);
  };
  return {
    event: read('x-sparkhire-event'),
    payloadType: read('x-sparkhire-payload'),
    webhookUuid: read('x-sparkhire-webhook-uuid'),
  };
}

const plain = (text: string | null) => text?.toLowerCase().replace(/[\s_-]+/g, '') ?? '';

const kindsByType: Readonly<Record<string, HintKind>> = {
  interview: 'interview',
  job: 'job',
  jobpost: 'job',
  rating: 'rating',
  interviewrating: 'rating',
};

const documented: ReadonlySet<string> = new Set(webhookEvents.map(plain));

function kindOfEvent(event: string): HintKind {
  if (/^interviewrat/.test(event)) return 'rating';
  if (event.startsWith('interview')) return 'interview';
  return event.startsWith('job') ? 'job' : 'unknown';
}

/**
 * @param body JSON text
 * @throws SyntaxError if it is not
 */
export function parseHint(headers: Pick<EventHeaders, 'event' | 'payloadType'>, body: string): Hint {
  const event = plain(headers.event);
  const byEvent = kindOfEvent(event);
  const byType = kindsByType[plain(headers.payloadType)];
  // A rating may come as the interview that was rated.
  const kind = byEvent === 'rating' ? 'rating' : (byType ?? byEvent);
  const { object, uuid, guessed } = told(kind, objectIn(body));
  return {
    event: headers.event,
    kind,
    uuid,
    updatedAt: object === null ? null : updatedAt(object),
    deletes: /delet|remov/.test(event),
    certain: documented.has(event) && (byType ?? (headers.payloadType === null ? kind : null)) === byEvent,
    guessed,
    object,
  };
}

function objectIn(body: string): JsonObject | null {
  let json: unknown = JSON.parse(body);
  // As the mirror stores it, so that the two can be compared.
  if (body.includes('\\u')) json = JSON.parse(storableJson(json));
  const object = only(json);
  return isObject(object) ? object : null;
}

/** What the body says of which object. One that names none, and holds a single object that does, is its envelope. */
function told(kind: HintKind, body: JsonObject | null): Pick<Hint, 'object' | 'uuid' | 'guessed'> {
  const said = identify(kind, body);
  if (body === null || said.uuid !== null) return { object: body, ...said };
  const held = Object.entries(body).filter(([, value]) => typeof value === 'object' && value !== null);
  const [name, value] = held[0] ?? [];
  const object = only(value);
  const another = kindsByType[plain(name ?? null)] ?? kind;
  if (held.length !== 1 || !isObject(object) || another !== kind) return { object: body, ...said };
  const within = identify(kind, object);
  return within.uuid === null ? { object: body, ...said } : { object, ...within };
}

const only = (json: unknown) => (Array.isArray(json) && json.length === 1 ? json[0] : json);

function identify(kind: HintKind, object: JsonObject | null): { uuid: string | null; guessed: boolean } {
  if (object === null) return { uuid: null, guessed: true };
  if (kind === 'rating') {
    const { interview } = object;
    const referred =
      asUuid(isObject(interview) ? interview.uuid : interview) ??
      asUuid(object.interview_uuid) ??
      asUuid(object.interview_id) ??
      asUuid(object.interviewUuid);
    if (referred !== null) return { uuid: referred, guessed: false };
  }
  // The rated interview itself says who was invited; anything else has a uuid of its own.
  const isInterview = kind === 'rating' && isObject(object.assigned_to);
  return { uuid: asUuid(object.uuid), guessed: !isInterview && (kind === 'rating' || kind === 'unknown') };
}

/** An object that shows no update, and says so, was never updated. Where the key is missing nothing is known. */
function updatedAt(object: JsonObject): string | null {
  const { updated_at, created_at } = object;
  return updated_at === null ? asTimestamp(created_at) : asTimestamp(updated_at);
}

/** A timestamp as read by `asTimestamp`, in microseconds since the epoch: as exact as PostgreSQL has it. */
export function microseconds(timestamp: string): bigint {
  const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? '';
  const seconds = Date.parse(timestamp.replace(/\.\d+/, ''));
  return BigInt(seconds) * 1000n + BigInt(Math.round(Number(`0.${fraction || '0'}`) * 1e6));
}
