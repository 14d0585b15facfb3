/**
 * Lever, by its API of version 1.
 *
 * Its list of opportunities tells all that is needed of each, so a reading takes what it has just listed, and asks for single ones
 * only where it knows them from elsewhere. A list by time may leave somebody out (rows without `updatedAt`, rows that move
 * while it is read): so all who stand in the stages of the settings are looked at now and then.
 */
import { query } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import { basicKey } from '../api-key.js';
import type { Application, Connector, ConnectorOptions, Entry, Stage, Window } from '../connector.js';
import { byId, wholeList } from '../decoded.js';
import { createAtsHttp } from '../http.js';
import { listedApplications, provesSingles, readEach, readSingles } from '../listed.js';
import { leverAccount } from './account.js';
import { checkLever, singleRight } from './check.js';
import { leverClient, type Parameters } from './client.js';
import {
  asApplication,
  entriesOf,
  listedSchema,
  type Opportunity,
  opportunitySchema,
  partsOf,
} from './opportunities.js';
import { jobOf, type Posting, postingSchema, userOf, userSchema } from './postings.js';
import { recently } from './recently.js';
import type { LeverSettings } from './settings.js';
import { leverWriter } from './write.js';

/** Sources say ten a second, and twice as many for a moment. */
const limits = { limit: 10, windowMs: 1_000, maxConcurrent: 4 };
/** Each opportunity that is looked at again is a request. */
const atOnce = 20;

export function lever({ settings, clock, db, account, wait }: ConnectorOptions<LeverSettings>): Connector {
  const authorize = basicKey(settings.apiKey);
  const http = createAtsHttp({ title: 'Lever', limits, authorize, wait, clock });
  const client = leverClient(http, settings.baseUrl);
  const known = leverAccount(client, settings, clock);
  const justListed = recently<Opportunity>(clock);
  const listed = listedApplications();
  const postings = recently<Posting>(clock);
  const users = recently<ReturnType<typeof userOf>>(clock);
  const hidden: Parameters =
    settings.include.private || settings.include.confidential ? { confidentiality: 'all' } : {};
  let shown = 0;
  /** Of the last list by time. */
  let latest: { from: number; ids: string[] } = { from: Number.POSITIVE_INFINITY, ids: [] };

  async function* opportunities(parameters: Parameters, signal: AbortSignal): AsyncIterable<Opportunity[]> {
    const asked = { ...hidden, expand: 'applications', ...parameters };
    for await (const rows of client.list('/opportunities', listedSchema, asked, signal)) {
      const page = listed.readable(rows);
      shown += page.length;
      for (const { id, archived } of page) listed.lists(id, archived == null);
      yield page;
    }
  }

  /** Those of these rows that have to do with a stage of the settings: their entries into such stages. */
  async function wantedEntries(rows: readonly Opportunity[], signal: AbortSignal): Promise<Entry[]> {
    if (rows.length === 0) return [];
    const wanted = await known.triggerStages(
      rows.flatMap(({ stageChanges }) => stageChanges.map(({ toStageId }) => toStageId)),
      signal,
    );
    const concerned = rows.filter(({ stageChanges }) =>
      stageChanges.some(({ toStageId }) => wanted.has(toStageId)),
    );
    for (const row of concerned) justListed.put(row.id, row);
    // Which posting one is of may take a request of its own.
    const placed = readEach({
      batches: concerned.map((row) => [row]),
      atOnce: 1,
      read: async ([row]) => [{ row: row!, posting: await known.postingOf(row!, signal) }],
      prove: (shown) => proveSingles(shown?.row.id ?? null, signal),
      tell({ id }, failure) {
        listed.reads(id, failure);
        if (failure !== null) listed.isUnread(id);
      },
    });
    return (await wholeList(placed))
      .flatMap(({ row, posting }) => entriesOf(row, posting))
      .filter(({ stageId }) => wanted.has(partsOf(stageId).stage));
  }

  /** Nothing at all is shown: that is no news of what was asked for, unless there has never been anything. */
  async function someListed(signal: AbortSignal): Promise<string[]> {
    for await (const rows of opportunities({ limit: 3 }, signal)) {
      if (rows.length > 0) return rows.map(({ id }) => id);
      break;
    }
    const [met] = await query<{ any: boolean }>(
      db,
      `select exists (select from sync.ats_entries where account = $1 and source = 'lever')
         or exists (select from sync.ats_skipped where account = $1 and source = 'lever') as any`,
      [account],
    );
    if (!met!.any) return [];
    throw new SyncError('ATS_FORBIDDEN', 'Lever shows not one opportunity to this key any more.', {
      remedy:
        'Give the key the right to list opportunities; `sparkhire-sync ats check` shows which it has. Nothing was withdrawn; changes made meanwhile are read then.',
    });
  }

  const prove = async (signal: AbortSignal) => void (await someListed(signal));

  async function application(id: string, signal: AbortSignal): Promise<Application | null> {
    const row =
      justListed.take(id) ??
      (await client.one(
        `/opportunities/${encodeURIComponent(id)}`,
        opportunitySchema,
        { expand: 'applications' },
        signal,
      ));
    return row === null ? null : asApplication(row, await known.postingOf(row, signal));
  }

  const proveSingles = async (shown: string | null, signal: AbortSignal) =>
    provesSingles({
      title: 'Lever',
      right: singleRight,
      shown,
      listed: await someListed(signal),
      read: (id) => application(id, signal),
    });

  async function posting(id: string, signal: AbortSignal): Promise<Posting | null> {
    return (
      postings.take(id) ??
      (await client.one(`/postings/${encodeURIComponent(id)}`, postingSchema, {}, signal))
    );
  }

  async function allPostings(signal: AbortSignal): Promise<Posting[]> {
    const all = await wholeList(client.list('/postings', postingSchema, hidden, signal));
    for (const row of all) postings.put(row.id, row);
    return all;
  }

  async function changed(what: 'applications' | 'jobs' | 'users', { from }: Window, signal: AbortSignal) {
    if (what === 'jobs') {
      const all = await allPostings(signal);
      return all.flatMap(({ id, updatedAt }) => (updatedAt == null || updatedAt >= from.getTime() ? id : []));
    }
    if (what === 'users') {
      const all = await wholeList(client.list('/users', userSchema, { includeDeactivated: 'true' }, signal));
      for (const row of all) users.put(row.id, userOf(row));
      return all.map(({ id }) => id);
    }
    // What this reading has listed already is not listed again.
    const isListed = latest.from <= from.getTime();
    const listedSince = () => wholeList(opportunities({ updated_at_start: from.getTime() }, signal));
    const ids = isListed ? latest.ids : (await listedSince()).map(({ id }) => id);
    return [...ids, ...(await known.deletedSince(from, signal))];
  }

  return {
    kind: 'lever',
    prefix: 'lv',
    title: 'Lever',
    atOnce,
    looksAgain: true,
    requests: http.requests,
    aheadMs: http.aheadMs,
    insist: http.insist,
    check: (signal) => checkLever(client, settings, known, signal),

    async stages(signal) {
      const stages = await known.stages(signal);
      const open = (await allPostings(signal)).map(jobOf).filter(({ status }) => status !== 'closed');
      return open.flatMap((job) => stages.map((stage): Stage => known.stageOf(job.id, stage, job.title)));
    },
    stagesOf: (ids, signal) => known.stagesOf(ids, signal),

    async *entries({ from, to }, signal) {
      latest = { from: from.getTime(), ids: [] };
      for await (const rows of opportunities({ updated_at_start: from.getTime() }, signal)) {
        latest.ids.push(...rows.map(({ id }) => id));
        const entries = await wantedEntries(rows, signal);
        yield entries.filter(({ enteredAt }) => enteredAt! <= to);
      }
    },

    async *standing(stageIds, signal) {
      const wanted = new Set(stageIds);
      const stages = [...new Set(stageIds.map((stageId) => partsOf(stageId).stage))];
      if (stages.length === 0) return;
      for await (const rows of opportunities({ stage_id: stages, archived: 'false' }, signal)) {
        const entries = await wantedEntries(rows, signal);
        yield entries.filter(({ stageId, isCurrent }) => isCurrent && wanted.has(stageId));
      }
    },

    async applications(ids, signal) {
      const read = (id: string) => application(id, signal);
      const prove = (shown: Application | null) => proveSingles(shown?.id ?? null, signal);
      return byId(await wholeList(readSingles({ ids: [...new Set(ids)], atOnce, read, prove, listed })));
    },

    async jobs(wanted, signal) {
      const rows =
        wanted === 'open'
          ? (await allPostings(signal)).filter((row) => jobOf(row).status === 'open')
          : await Promise.all([...new Set(wanted)].map((id) => posting(id, signal)));
      return byId(rows.map((row) => row && jobOf(row)));
    },

    async users(ids, signal) {
      const read = await Promise.all(
        [...new Set(ids)].map(async (id) => {
          const row = users.take(id);
          if (row !== null) return row;
          const asked = await client.one(`/users/${encodeURIComponent(id)}`, userSchema, {}, signal);
          return asked === null ? null : userOf(asked);
        }),
      );
      return byId(read);
    },

    changed,
    sight: { rows: () => shown, prove },
    listed,
    writer: leverWriter({ client, settings, known, prove }),
    close: http.close,
  };
}
