/** The checks of `doctor` that ask Spark Hire: a few reads, through the limiter of whoever owns the account. */
import type { AccountSession } from '../../account-session.js';
import { checkCompanyOfKey, readsKeys } from '../../backfill/facts.js';
import { type Clock, systemClock } from '../../clock.js';
import { policiesOf, type Settings } from '../../config.js';
import { query } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import type { AccountTold } from '../../keys/missing.js';
import {
  ApiError,
  assertCompanyUser,
  type CallOptions,
  type Client,
  type Me,
  type Plan,
  type RequestEvent,
  type SlotsTold,
  slotsTold,
  type Webhook,
} from '../../sparkhire/client.js';
import { judgeClock } from '../doctor.js';
import { checkUserKeys } from '../user-keys.js';
import { type Check, type CheckResults, checksOf } from './check.js';
import { checkCompany, checkOthers, checkPlace } from './place-checks.js';

export interface AccountCheckOptions {
  clock?: Clock;
  /** The longest one check may take, the waiting for its turn not counted; 25 s unless given. */
  timeoutMs?: number;
}

/** Checks one account. What is wrong is a check that failed; rejects only when the session's signal aborts. */
export async function checkAccount(
  session: AccountSession,
  settings: Pick<Settings, 'http' | 'secrets' | 'policies'>,
  options: AccountCheckOptions = {},
): Promise<Check[]> {
  const policies = policiesOf(settings, session.account);
  const { clock = systemClock, timeoutMs = 25_000 } = options;
  const results = checksOf(session.account.name);
  const seen: { code: RequestEvent['code'] } = { code: null };
  let aheadMs: number | undefined;
  const client = session.client.observed((event) => {
    seen.code = event.code;
    // The header has whole seconds: it is that moment or up to a second later.
    if (event.serverDate !== null) aheadMs = event.serverDate.getTime() + 500 - clock.now();
  });

  /** One call with its own end: a server that never answers must not keep the doctor for minutes. */
  async function ask<T>(call: (client: Client, options: CallOptions) => Promise<T>): Promise<T> {
    session.signal.throwIfAborted();
    const { used, limit, windowMs, pausedUntil } = session.limiter.stats();
    const turnMs = used >= limit ? windowMs + 15_000 : 0;
    const pauseMs = pausedUntil === null ? 0 : Math.max(0, pausedUntil - clock.now());
    const end = new AbortController();
    const cancel = clock.after(timeoutMs + turnMs + pauseMs, () => end.abort(), { background: true });
    seen.code = null;
    try {
      const signal = AbortSignal.any([session.signal, end.signal]);
      return await call(client, { lane: 'interactive', signal });
    } catch (error) {
      session.signal.throwIfAborted();
      if (!end.signal.aborted) throw error;
      throw new SyncError(
        'REMOTE_TIMEOUT',
        `No usable answer within ${Math.round(timeoutMs / 1000)} s${seen.code === null ? '' : `; the last attempt ended with ${seen.code}`}`,
        { remedy: 'Try again later, and see whether the base URL is right.', cause: error },
      );
    } finally {
      cancel();
    }
  }

  const { checks, me } = await checkKey(session, results, ask);
  let told: AccountTold = {};
  if (me !== null) {
    const others = await checkOthers(session, results, ask);
    const right = await checkAdministrator(session, results, me, ask);
    checks.push(right.check);
    told = { me, showsKeys: right.showsKeys };
    checks.push(await checkPlan(results, policies.users.paid, ask));
    checks.push(...(await checkWebhooks(session, settings, results, ask)));
    checks.push(...others, ...(await checkCompany(session, results, me)));
  }
  checks.push(...checkPlace(session, results));
  checks.push(...(await checkUserKeys(session, { ...settings, policies }, results, told)));
  await session.oddFields.keep();
  checks.push(
    aheadMs === undefined
      ? results.omitted('clock', 'no answer of Spark Hire carried a date to compare with')
      : judgeClock('clock', "Spark Hire's clock", aheadMs, 1000, results),
  );
  return checks;
}

type Ask = <T>(call: (client: Client, options: CallOptions) => Promise<T>) => Promise<T>;

const unreachable = new Set(['REMOTE_UNREACHABLE', 'REMOTE_TIMEOUT', 'REMOTE_FAILED', 'ANSWER_UNREADABLE']);
const afterKey = ['administrator', 'plan', 'webhooks'];

/** GET /me tells whether there is an API at all, whether it takes the key, and whose key that is. */
async function checkKey(
  session: AccountSession,
  { passed, failed, threw, blocked }: CheckResults,
  ask: Ask,
): Promise<{ checks: Check[]; me: Me | null }> {
  const { baseUrl } = session.account;
  const rest = (names: string[], what: string) =>
    names.map((name) => blocked(name, `cannot be checked without ${what}`));
  try {
    const { value } = await ask((client, options) => client.me.get(options));
    assertCompanyUser(value);
    await ask((client, { signal = session.signal }) =>
      checkCompanyOfKey({ ...session, client, signal }, value),
    );
    const who = [value.name, value.email === null ? null : `<${value.email}>`].filter(
      (part) => part !== null,
    );
    const company = value.company?.name ?? null;
    return {
      checks: [
        passed('base_url', `${baseUrl} answers`),
        passed(
          'key',
          `accepted; the user is ${who.join(' ') || 'not named'}${company === null ? '' : ` of ${company}`}${value.type === null ? '' : ` (${value.type})`}`,
        ),
      ],
      me: value,
    };
  } catch (error) {
    session.signal.throwIfAborted();
    const code = error instanceof SyncError ? error.code : null;
    if (code !== null && unreachable.has(code)) {
      return {
        checks: [threw('base_url', error), ...rest(['key', ...afterKey], 'an answer from Spark Hire')],
        me: null,
      };
    }
    if (code === 'NOT_FOUND' || code === 'METHOD_NOT_ALLOWED') {
      const wrong = failed(
        'base_url',
        `${baseUrl} answers, but has no GET /me: it is not the API`,
        'Set SPARKHIRE_BASE_URL to the API with its version, as in https://api.sparkhire.com/v1.0.',
      );
      return { checks: [wrong, ...rest(['key', ...afterKey], 'the API')], me: null };
    }
    const base =
      error instanceof ApiError || code === 'KEY_OF_JOB_SEEKER' || code === 'KEY_OF_ANOTHER_COMPANY';
    return {
      checks: [
        ...(base ? [passed('base_url', `${baseUrl} answers`)] : []),
        threw('key', error),
        ...rest(afterKey, 'a key that works'),
      ],
      me: null,
    };
  }
}

/** No answer names the key's role. Reading a key is an administrator's right that has no effect. */
async function checkAdministrator(
  session: AccountSession,
  { passed, warned, threw }: CheckResults,
  me: Me,
  ask: Ask,
): Promise<{ check: Check; showsKeys: boolean | null }> {
  const name = 'administrator';
  const unknown = (detail: string, showsKeys: boolean | null) => ({
    check: warned(
      name,
      detail,
      "Check in Spark Hire that the key's user is an administrator. Another user's key sees only a part of the account, and only that part is mirrored.",
    ),
    showsKeys,
  });
  const { uuid } = me;
  if (uuid === null) return unknown('unknown: GET /me names no user', null);
  try {
    const { db, account } = session;
    switch (await ask((client, options) => readsKeys({ db, account, client }, uuid, options, true))) {
      case true:
        return { check: passed(name, 'yes: the key may read integration keys'), showsKeys: true };
      case false: {
        const detail = 'unknown: the user is no administrator, or the account has no custom integration';
        return unknown(detail, false);
      }
      default:
        return unknown('unknown: the user whose key was asked about is gone', null);
    }
  } catch (error) {
    return { check: threw(name, error), showsKeys: null };
  }
}

async function checkPlan(
  { passed, warned, threw }: CheckResults,
  paid: Settings['policies']['users']['paid'],
  ask: Ask,
): Promise<Check> {
  let plan: Plan;
  try {
    plan = (await ask((client, options) => client.plan.get(options))).value;
  } catch (error) {
    if (error instanceof ApiError && ['FORBIDDEN', 'PAYMENT_REQUIRED', 'NOT_FOUND'].includes(error.code)) {
      return warned('plan', `cannot be read: ${error.message}`, 'Look at the plan in Spark Hire.');
    }
    return threw('plan', error);
  }
  const [jobs, users] = [slotsTold('jobs', plan), slotsTold('users', plan)];
  const detail = `${plan.name ?? 'without a name'}: ${slots(jobs, plan.jobs, 'job slots')}, ${slots(users, plan.users, 'user seats')}`;
  const isFull = (told: SlotsTold) => told.kind === 'free' && told.free === 0;
  const full = [
    isFull(jobs) ? 'activate another job' : null,
    isFull(users) ? 'add another user' : null,
  ].filter((part) => part !== null);
  const remedies = [
    full.length === 0
      ? null
      : `Free a slot or extend the plan in Spark Hire before the ATS wants to ${full.join(' or ')}.`,
    users.kind === 'nothing' && paid === 'refuse'
      ? 'The plan does not say whether another user costs money, so new users of the ATS wait. If it may, set policies.users.paid to allow.'
      : null,
  ].filter((part) => part !== null);
  if (remedies.length === 0) return passed('plan', detail);
  return warned('plan', detail, remedies.join(' '));
}

function slots(told: SlotsTold, of: Plan['jobs'], what: string): string {
  switch (told.kind) {
    case 'unlimited':
      return `unlimited ${what}`;
    case 'nothing':
      return `${what} not known`;
    case 'limit':
      return `${told.limit} ${what} in all`;
    case 'free':
      return `${told.free}${of?.limit == null ? '' : ` of ${of.limit}`} ${what} free`;
  }
}

interface OurWebhook {
  url: string;
  uuid: string | null;
}

/** Only those the daemon registered itself are its business. */
async function checkWebhooks(
  session: AccountSession,
  { http: { publicUrl } }: Pick<Settings, 'http'>,
  { passed, warned, failed, threw, omitted }: CheckResults,
  ask: Ask,
): Promise<Check[]> {
  const name = 'webhooks';
  if (publicUrl === null) {
    return [omitted(name, 'SYNC_PUBLIC_URL is not set: changes are found by ticks alone')];
  }
  const again =
    'The running service registers it again automatically; `sparkhire-sync webhooks register` does it now.';
  try {
    const ours = await query<OurWebhook>(
      session.db,
      `select url, uuid from sync.webhooks
       where account = $1 and ended_at is null and registered_at is not null`,
      [session.account.name],
    );
    const { rows } = await ask((client, options) => client.webhooks.list(options));
    const there = new Map<string, Webhook>(
      rows.flatMap((row) => ('value' in row ? [[row.value.uuid, row.value] as const] : [])),
    );
    const found = ours.flatMap(({ uuid }) => (uuid !== null && there.has(uuid) ? [there.get(uuid)!] : []));
    if (ours.length === 0) {
      return [
        warned(
          name,
          'none is registered for this daemon yet',
          'Start `sparkhire-sync run`, which registers one; or run `sparkhire-sync webhooks register`.',
        ),
      ];
    }
    if (found.length === 0) {
      return [failed(name, 'the one registered for this daemon is gone from Spark Hire', again)];
    }
    const right = found.find(({ url }) => url?.startsWith(publicUrl) === true);
    if (right === undefined) {
      return [
        failed(name, `the one registered leads to ${found[0]!.url ?? 'nowhere'}, not to ${publicUrl}`, again),
      ];
    }
    if (right.http_auth === false) {
      return [failed(name, 'the one registered is sent without credentials, and so is refused', again)];
    }
    if (publicUrl.startsWith('http:') && !/^http:\/\/(localhost|127\.|\[::1\])/.test(publicUrl)) {
      return [
        warned(
          name,
          `registered at ${right.url}, not encrypted`,
          'Set SYNC_PUBLIC_URL to an https address: the events hold personal data, and the credentials go with them.',
        ),
      ];
    }
    return [passed(name, `registered at ${right.url}`)];
  } catch (error) {
    session.signal.throwIfAborted();
    return [threw(name, error)];
  }
}
