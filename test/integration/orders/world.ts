/** An ATS of any kind that orders interviews itself, for what is to hold whatever ATS it is. */
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import { orderingAshby } from '#emulators/ordering/ashby';
import type { Answered, Endpoint } from '#emulators/ordering/endpoint';
import { orderingGreenhouse } from '#emulators/ordering/greenhouse';
import { orderingTeamtailor } from '#emulators/ordering/teamtailor';
import { type Clock, systemClock } from '../../../src/clock.js';
import { type Database, query } from '../../../src/db/database.js';
import { createLogger } from '../../../src/log.js';
import { facadesOf } from '../../../src/orders/facades.js';
import type { PartnerSettings } from '../../../src/orders/settings.js';
import { type Told, tellOrders } from '../../../src/orders/tell.js';
import { createWebServer } from '../../../src/web/server.js';
import { createOrdersReceiver } from '../../../src/webhooks/receive/orders.js';
import type { OrderOutcome } from '../../../src/webhooks/receive/refusals.js';
import { job, seed } from '../desired/fixture.js';

/** What an order says; what is left out is as it should be. */
export interface Wish {
  /** The same number is the same order. */
  n?: number;
  package?: string;
  name?: string | null;
  email?: string | null;
  /** Whoever reads the ATS's own ids, finds this in them. */
  id?: string;
  /** As the ATS has it; of no use to Greenhouse, which names none. */
  job?: { id: string; title: string };
  /** The address of whoever orders; Ashby tells none. */
  by?: string;
  /** Where the ATS wants to be told, in place of its own address; Ashby names none. */
  tellAt?: string;
}

export interface Ordered {
  status: number;
  /** What the recruiter reads where it is an error; null where there is nothing to read. */
  said: string | null;
  wish: Wish & { n: number };
  /** The row that was made, as the ATS knows it. */
  row: string | null;
  /** What the answer says of it; null where this ATS wants to know nothing. */
  state: string | null;
}

/** What differs between them. */
interface Ats extends Pick<Endpoint, 'told' | 'answerWith' | 'origin'> {
  order(wish: Wish & { n: number }): Promise<Omit<Ordered, 'wish'>>;
  /** null: this ATS cannot. */
  cancel: ((order: Ordered) => Promise<{ status: number; said: string | null }>) | null;
  /** Whether people see there that it was completed, and with this rating. */
  showsCompleted(order: Ordered): number | null;
  /** By its secret, or another one. */
  headers(secret: string): Record<string, string>;
  close(): Promise<void>;
}

type Open = (at: { partner: () => string; secret: string; apiKey: string }) => Promise<Ats>;

/** A line for each. */
export const orderingAtss = {
  greenhouse: {
    call: 'send_test',
    invited: null,
    hasNoCancel: true,
    namesAddress: true,
    settings: (baseUrl, secret) => ({ greenhouse: { key: secret, baseUrl } }),
    open: greenhouse,
  },
  teamtailor: {
    call: 'webhook',
    invited: 'sent',
    namesAddress: true,
    settings: (baseUrl, secret, apiKey) => ({ teamtailor: { secret, apiKey, baseUrl } }),
    open: teamtailor,
  },
  ashby: {
    call: 'assessment.start',
    invited: 'Invited',
    settings: (baseUrl, secret, apiKey) => ({ ashby: { secret, apiKey, baseUrl } }),
    open: ashby,
  },
} satisfies Record<
  string,
  {
    /** The call that orders. */
    call: string;
    /** What its answer calls an order whose invitation has left. */
    invited: string | null;
    hasNoCancel?: boolean;
    namesAddress?: boolean;
    settings(baseUrl: string, secret: string, apiKey: string): Partial<PartnerSettings>;
    open: (at: Parameters<Open>[0]) => Promise<Ats>;
  }
>;

const firstName = (name: string | null | undefined) => (name === undefined ? 'Ines Moreau' : name);
const address = ({ email, n }: Wish & { n: number }) =>
  email === undefined ? `c-${n}@candidates.example` : email;

async function greenhouse({ partner, secret }: Parameters<Open>[0]): Promise<Ats> {
  const ats = await orderingGreenhouse({ partner, key: secret });
  const urls = new Map<number, string>();
  return {
    ...ats,
    async order(wish) {
      const { status, body, url } = await ats.sendTest(
        wish.package ?? 'screening',
        {
          first_name: firstName(wish.name),
          last_name: null,
          email: address(wish),
          ...(wish.id !== undefined && {
            greenhouse_profile_url: `https://app.greenhouse.io/people/7?application_id=${wish.id.replace('\0', '%00')}`,
          }),
        },
        {
          again: wish.n,
          sentBy: wish.by,
          url: wish.tellAt,
          ...(wish.id !== undefined && { at: `/take_home_tests/${wish.id.replace(/[^\w-]/gu, '%00')}` }),
        },
      );
      urls.set(wish.n, url);
      const { errors, partner_interview_id } = (body ?? {}) as Record<string, unknown>;
      return {
        status,
        said: (errors as string[] | undefined)?.join() ?? null,
        row: (partner_interview_id as string | undefined) ?? null,
        state: null,
      };
    },
    cancel: null,
    showsCompleted({ wish }) {
      const shown = ats.results.get(urls.get(wish.n)!)?.status as Record<string, unknown> | undefined;
      return shown?.partner_status === 'complete' ? Number(shown.partner_score) : null;
    },
    headers: (user) => ({ authorization: `Basic ${Buffer.from(`${user}:`).toString('base64')}` }),
  };
}

async function teamtailor({ partner, secret, apiKey }: Parameters<Open>[0]): Promise<Ats> {
  const ats = await orderingTeamtailor({ partner, secret, apiKey });
  const events = new Map<number, object>();
  const said = ({ status, body }: Answered) => (status >= 400 ? String(body || '') || null : null);
  const resultOf = (n: number) => `result-${n}`;
  return {
    ...ats,
    async order(wish) {
      const answered = await ats.push(
        { package: wish.package ?? 'screening' },
        {
          result: wish.id ?? resultOf(wish.n),
          updateUrl: wish.tellAt,
          candidate: {
            'first-name': firstName(wish.name),
            'last-name': null,
            email: address(wish),
            ...(wish.id !== undefined && { id: wish.id }),
          },
          job: { ...wish.job, ...(wish.by !== undefined && { 'triggered-by': { email: wish.by } }) },
        },
      );
      events.set(wish.n, answered.event);
      const { status, body } = answered;
      const isTaken = status === 200;
      const { partner_result_attributes: result } = (isTaken ? body : {}) as {
        partner_result_attributes?: { status: string };
      };
      return {
        status,
        said: said(answered),
        row: isTaken ? `tt-${wish.id ?? resultOf(wish.n)}` : null,
        state: result?.status ?? null,
      };
    },
    async cancel({ wish }) {
      const answered = await ats.press('cancel', events.get(wish.n)!);
      return { status: answered.status, said: said(answered) };
    },
    showsCompleted({ wish }) {
      const { status, assessment } = ats.results.get(resultOf(wish.n)) ?? {};
      return status === 'completed' ? Number((assessment as { score: number }).score) / 20 : null;
    },
    // A signature is of an event, and not every body is one.
    headers: ats.bearer,
  };
}

async function ashby({ partner, secret, apiKey }: Parameters<Open>[0]): Promise<Ats> {
  const ats = await orderingAshby({ partner, secret, apiKey });
  const said = ({ body }: Answered) => {
    const { success, errors } = (body ?? {}) as { success?: boolean; errors?: string[] };
    return success === false ? (errors?.join() ?? null) : null;
  };
  return {
    ...ats,
    async order(wish) {
      const answered = await ats.start(wish.package ?? 'screening', {
        application: wish.id ?? `app-${wish.n}`,
        candidate: {
          first_name: firstName(wish.name),
          last_name: null,
          email: address(wish),
          ...(wish.id !== undefined && { ashby_id: wish.id }),
        },
        ...(wish.job !== undefined && { job: { ashby_id: wish.job.id, name: wish.job.title } }),
      });
      const { results } = (answered.body ?? {}) as {
        results?: { assessment_id?: string; assessment_status?: string };
      };
      return {
        status: answered.status,
        said: said(answered),
        row: results?.assessment_id ?? null,
        state: results?.assessment_status ?? null,
      };
    },
    async cancel({ row }) {
      const answered = await ats.cancel(row!);
      return { status: answered.status, said: said(answered) };
    },
    showsCompleted({ row }) {
      const { assessment_status, assessment_result } = (ats.assessments.get(row!) ?? {}) as Record<
        string,
        { value: unknown } | undefined
      >;
      return assessment_status?.value === 'Completed' ? Number(assessment_result?.value) : null;
    },
    headers: (user) => ({ authorization: `Basic ${Buffer.from(`${user}:`).toString('base64')}` }),
  };
}

const apiKey = 'api-key-of-the-partner-1';
let accounts = 0;

/** A service that takes its orders of the package `screening`, of job J, beside a job that waits for nothing. */
export async function orderWorld(
  db: Database,
  protocol: keyof typeof orderingAtss,
  account = `o${++accounts}`,
) {
  const secret = 'secret-of-the-partner-01';
  const kind: (typeof orderingAtss)[keyof typeof orderingAtss] = orderingAtss[protocol];
  const at = { url: '' };
  const ats: Ats = await kind.open({ partner: () => at.url, secret, apiKey });
  const settings: PartnerSettings = {
    greenhouse: null,
    teamtailor: null,
    ashby: null,
    ...kind.settings(ats.origin, secret, apiKey),
  };
  await seed(db, 'ats.jobs', [job(account, 'J')]);
  await seed(db, 'ats.packages', [
    { account, package: 'screening', job_ats_id: 'J', type: 'one_way', deadline_days: 7 },
  ]);

  const outcomes: OrderOutcome[] = [];
  let logged = '';
  const lines = new PassThrough().on('data', (chunk) => {
    logged += chunk;
  });
  const log = createLogger({ level: 'debug', destination: lines });
  const receiver = (on: Database, patienceMs?: number) =>
    createOrdersReceiver({
      db: on,
      facades: new Map([[account, facadesOf(settings, systemClock)]]),
      log,
      onOutcome: (outcome) => outcomes.push(outcome),
      patienceMs,
    });
  let current = receiver(db);
  let dies = false;
  const web = createWebServer({
    receiver: { handle: () => {} },
    orders: {
      handle(request, response, ...of) {
        if (dies) {
          response.writeHead = () => response.destroy() as never;
          response.end = () => response;
        }
        return current.handle(request, response, ...of);
      },
    },
    readiness: async () => ({ ready: true, troubles: [], accounts: [] }),
    metrics: { contentType: 'text/plain', text: async () => '' },
    log,
  });
  const { url } = await web.listen('127.0.0.1', 0);
  onTestFinished(async () => {
    await ats.close();
    await web.close();
    await current.settle();
  });
  at.url = `${url}/partner/${account}/${protocol}`;
  let numbers = 0;
  const order = async (wish: Wish = {}): Promise<Ordered> => {
    const whole = { ...wish, n: wish.n ?? ++numbers };
    return { ...(await ats.order(whole)), wish: whole };
  };
  const rows = <Row>(sql: string, values: unknown[] = []) => query<Row>(db, sql, [account, ...values]);

  return {
    account,
    ats,
    order,
    cancel: ats.cancel,
    outcomes,
    logged: () => logged,
    rows,
    /** What is asked for, by address. */
    async wanted(): Promise<string[]> {
      const found = await rows<{ row: string }>(
        `select candidate_email || ' ' || coalesce(desired, 'invited') as row from ats.interviews where account = $1 order by 1`,
      );
      return found.map(({ row }) => row);
    },
    /** A call of nobody in particular. @returns its status */
    async calls(
      body: string,
      { as = secret, to = account, call = kind.call }: { as?: string; to?: string; call?: string } = {},
    ): Promise<{ status: number; text: string }> {
      const response = await fetch(`${url}/partner/${to}/${protocol}/${call}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...ats.headers(as) },
        body,
      });
      return { status: response.status, text: await response.text() };
    },
    /** Resolves once nothing is under way. */
    settled: () => current.settle(),
    /** From now on orders are stored here. */
    storesIn(other: Database, patienceMs?: number) {
      current = receiver(other, patienceMs);
    },
    /** The program ends when it would answer, and is started again. */
    async killedBeforeItsAnswer(wish: Wish): Promise<void> {
      dies = true;
      await order(wish).catch(() => {});
      await current.settle();
      dies = false;
      current = receiver(db);
    },
    /** One round of telling the ATS. */
    tell(clock: Clock = systemClock, hurry = false, signal = new AbortController().signal): Promise<Told> {
      return tellOrders({
        db,
        account,
        facades: facadesOf(settings, systemClock),
        clock,
        log,
        signal,
        hurry,
      });
    },
    /** Whatever waits to be told again is due. */
    async later(): Promise<void> {
      await rows(
        'update sync.orders set tell_at = clock_timestamp() where account = $1 and tell_at is not null',
      );
    },
    /** As if all had been invited, and had come so far in Spark Hire. */
    async are(status: 'requested' | 'completed', rating = 0): Promise<void> {
      await rows(
        `insert into sync.links (account, resource, ats_id, uuid, how)
         select account, 'interviews', ats_id, gen_random_uuid(), 'created' from ats.interviews where account = $1 on conflict do nothing`,
      );
      // As the mirror does it: what changed is recorded.
      await rows(
        `insert into sparkhire.interviews (account, uuid, raw, type, status, rating, watch_url)
         select account, uuid, '{}', 'one_way', $2, $3, case when $2 = 'completed' then 'https://watch.example/1' end
         from sync.links where account = $1 and resource = 'interviews'
         on conflict (account, uuid) do update set status = excluded.status, rating = excluded.rating, watch_url = excluded.watch_url`,
        [status, rating],
      );
      await rows(
        `insert into sync.changes (account, resource, uuid, change) select account, resource, uuid, 'updated' from sync.links where account = $1`,
      );
    },
  };
}

export type OrderWorld = Awaited<ReturnType<typeof orderWorld>>;
