/**
 * Events on their way into sync.webhook_events. Those that arrive while a statement is under way go into the next
 * one together, so many a second take few statements. An event counts as stored once its statement is committed.
 */
import type { Clock } from '../../clock.js';
import { type Database, query } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import type { EventHeaders } from '../hint.js';

export interface ReceivedEvent extends EventHeaders {
  account: string;
  body: string;
}

export interface EventStoreOptions {
  db: Database;
  clock: Clock;
  /** How long an event may take to be stored; a database that is back by then has it. */
  patienceMs: number;
  /** Events that wait at most. */
  mostWaiting: number;
}

export interface EventStore {
  /** Whether another event may wait. */
  readonly hasRoom: boolean;
  /** Resolves to whether the event is durable. Never rejects. */
  store(event: ReceivedEvent): Promise<boolean>;
  /** Resolves once nothing waits or is under way. */
  settle(): Promise<void>;
}

interface Waiting {
  event: ReceivedEvent;
  deadline: number;
  /** Its sender was told to come again. */
  abandoned: boolean;
  settled: (stored: boolean) => void;
}

const mostInStatement = 1000;
const mostCharacters = 4_000_000;
const pauseMs = 200;

export function createEventStore({ db, clock, patienceMs, mostWaiting }: EventStoreOptions): EventStore {
  let waiting: Waiting[] = [];
  let inStatement = 0;
  let working: Promise<void> | null = null;

  function take(): Waiting[] {
    let characters = 0;
    let count = 0;
    for (const { event } of waiting) {
      characters += event.body.length;
      if (count > 0 && (count === mostInStatement || characters > mostCharacters)) break;
      count++;
    }
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return taken;
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const batch = take();
      inStatement = batch.length;
      await storeBatch(batch);
      inStatement = 0;
    }
    working = null;
  }

  async function storeBatch(batch: Waiting[]): Promise<void> {
    try {
      await insert(
        db,
        batch.map(({ event }) => event),
      );
      for (const one of batch) one.settled(true);
    } catch (error) {
      const unreachable = error instanceof SyncError && error.code === 'DATABASE_UNREACHABLE';
      if (!unreachable && batch.length > 1) {
        // One of them may be at fault.
        for (const one of batch) await storeBatch([one]);
        return;
      }
      const now = clock.monotonic();
      const patient = unreachable ? batch.filter((one) => one.deadline > now) : [];
      for (const one of batch) if (!patient.includes(one)) one.settled(false);
      if (patient.length === 0) return;
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
      waiting = [...patient, ...waiting];
    }
  }

  return {
    get hasRoom() {
      return waiting.length + inStatement < mostWaiting;
    },
    store(event) {
      return new Promise<boolean>((resolve) => {
        const one: Waiting = {
          event,
          deadline: clock.monotonic() + patienceMs,
          abandoned: false,
          settled(stored) {
            cancel();
            resolve(stored);
          },
        };
        // A statement may hang longer than the sender waits. Should it succeed in the end, the event comes twice.
        const cancel = clock.after(patienceMs, () => {
          one.abandoned = true;
          while (waiting[0]?.abandoned) waiting.shift();
          resolve(false);
        });
        waiting.push(one);
        working ??= work();
      });
    },
    async settle() {
      while (working !== null) await working;
    },
  };
}

async function insert(db: Database, events: readonly ReceivedEvent[]): Promise<void> {
  await query(db, insertSql, [
    events.map((event) => event.account),
    events.map((event) => event.event),
    events.map((event) => event.payloadType),
    events.map((event) => event.webhookUuid),
    events.map((event) => event.body),
  ]);
}

const insertSql = {
  name: 'store_events',
  text: `
    insert into sync.webhook_events (account, event, payload_type, webhook_uuid, body)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])`,
};
