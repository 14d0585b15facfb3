/** Ticks and details in the test's own process, as the service runs them: an account's sessions share one client. */

import type { Emulator } from '#emulators/emulator/index';
import { openOwnedAccount } from '../../src/account-session.js';
import { noProgress } from '../../src/backfill/progress.js';
import { type BackfillResult, mergeResult } from '../../src/backfill/result.js';
import { createLogger } from '../../src/log.js';
import type { Client, JobQuery } from '../../src/sparkhire/client.js';
import { runDetails } from '../../src/tick/details.js';
import { isBootstrapped } from '../../src/tick/start.js';
import { runTick, type TickResult } from '../../src/tick/tick.js';
import { emulatedSettings, type TestMirror } from './backfill-in-process.js';
import { hastyClock } from './hasty-clock.js';

export interface TickingOptions {
  account?: string;
  key?: string;
  pageSize?: number;
  refreshMs?: number;
  requestTimeoutSeconds?: number;
  /** The server keeps to no order. */
  ignoresOrder?: boolean;
}

export interface Ticking {
  tick(signal?: AbortSignal): Promise<TickResult>;
  details(): Promise<BackfillResult>;
  /** A tick and the details after it, as one result. */
  sync(): Promise<TickResult>;
  isBootstrapped(): Promise<boolean>;
  /** As if what was seen last had been seen, and all turns taken, `seconds` earlier. */
  age(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export async function openTicking(
  mirror: TestMirror,
  emulator: Emulator,
  options: TickingOptions = {},
): Promise<Ticking> {
  const { account } = emulatedSettings(emulator, options);
  const stopped = new AbortController();
  const log = createLogger({ level: 'silent' });
  const owned = await openOwnedAccount({
    account,
    db: mirror.db,
    log,
    signal: stopped.signal,
    fence: async () => {},
    clock: hastyClock(account.requestTimeoutMs),
  });
  const session = (signal?: AbortSignal) => {
    const one = owned.session(signal);
    return options.ignoresOrder ? { ...one, client: orderless(one.client) } : one;
  };
  const refreshMs = options.refreshMs ?? 900_000;
  const tick = (signal?: AbortSignal) => runTick(session(signal), { refreshMs });
  const details = () => runDetails(session(), { detailConcurrency: 4, progress: noProgress });
  return {
    tick,
    details,
    async sync() {
      const result = await tick();
      mergeResult(result, await details());
      return result;
    },
    isBootstrapped: () => isBootstrapped(session()),
    async age(seconds) {
      await mirror.rows(
        `update sync.checkpoints set completed_at = completed_at - $2 * interval '1 s',
           position = case when position ? 'seenAt' then jsonb_set(position, '{seenAt}',
             to_jsonb((position ->> 'seenAt')::timestamptz - $2 * interval '1 s')) else position end
         where account = $1 and kind = 'incremental'`,
        [account.name, seconds],
      );
    },
    close: () => owned.close(),
  };
}

/** Jobs come by their titles, whatever is asked for. */
function orderless(client: Client): Client {
  const list = (query?: JobQuery, options?: Parameters<Client['jobs']['list']>[1]) =>
    client.jobs.list({ ...query, orderby: 'title_asc' }, options);
  return { ...client, jobs: { ...client.jobs, list } };
}

/** Where every row of schema sparkhire is and who wrote it: any write changes that. */
export async function rowVersions(mirror: TestMirror): Promise<string[]> {
  const tables = await mirror.rows<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'sparkhire' and table_type = 'BASE TABLE' order by 1`,
  );
  const all: string[] = [];
  for (const { name } of tables) {
    const rows = await mirror.rows<{ row: string }>(
      `select concat_ws(' ', '${name}', xmin, ctid) as row from sparkhire.${name} order by 1`,
    );
    all.push(...rows.map(({ row }) => row));
  }
  return all;
}
