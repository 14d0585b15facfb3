/** Teamtailor as it orders from a partner. (Teamtailor/tt-partner-docs, source/includes/partners) */
import { createCipheriv, createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { type Answered, call, type Endpoint, listen } from './endpoint.js';

export interface OrderingTeamtailorOptions {
  /** The partner's base address. */
  partner: () => string;
  secret: string;
  apiKey: string;
  /** Which form of Authorization it takes: the documents name both. */
  authorization?: 'Bearer' | 'Token';
  /** How its bearer is sealed: the documents cut the key to 128 bits and name a cipher of 256. */
  sealedWith?: 128 | 256;
  /** Signatures are sent, or are not. */
  signs?: boolean;
  now?: () => number;
}

export interface OrderingTeamtailor {
  readonly origin: string;
  readonly told: Endpoint['told'];
  readonly answerWith: Endpoint['answerWith'];
  config(): Promise<Answered>;
  /** A trigger runs. @param over changes the event */
  push(data: Record<string, unknown>, over?: Event): Promise<Answered & { result: string; event: object }>;
  /** Somebody presses a button of the result. */
  press(endpoint: string, event: object): Promise<Answered>;
  /** How a call that is not signed shows that it knows a secret. */
  bearer(secret: string): { authorization: string };
  /** What a candidate's card shows, by the id of the result. */
  readonly results: ReadonlyMap<string, Record<string, unknown>>;
  close(): Promise<void>;
}

interface Event {
  result?: string;
  updateUrl?: string | undefined;
  candidate?: object;
  job?: object | null;
}

const statuses = ['sending', 'sent', 'pending', 'completed', 'failed'];

export async function orderingTeamtailor({
  partner,
  secret,
  apiKey,
  authorization = 'Bearer',
  sealedWith = 128,
  signs = true,
  now = Date.now,
}: OrderingTeamtailorOptions): Promise<OrderingTeamtailor> {
  const results = new Map<string, Record<string, unknown>>();
  const endpoint = await listen(({ method, path, headers, body }) => {
    if (headers.authorization !== `${authorization} ${apiKey}`) return { status: 401 };
    if (headers['content-type'] !== 'application/vnd.api+json') return { status: 415 };
    const [, id] = /^\/partner\/v1\/partner-results\/([\w-]+)$/.exec(path) ?? [];
    if (method !== 'PUT' || id === undefined || !results.has(id)) return { status: 404 };
    const { data } = body as {
      data?: { type?: unknown; id?: unknown; attributes?: Record<string, unknown> };
    };
    const problems =
      data?.type === 'partner-results' && data.id === id
        ? wrong(data.attributes ?? {})
        : ['data is of another result'];
    if (problems.length > 0) return { status: 422, body: { errors: problems.map((detail) => ({ detail })) } };
    Object.assign(results.get(id)!, data!.attributes);
    return { status: 200, body: { data: { ...data, attributes: results.get(id) } } };
  });
  const bearer = (by = secret) => ({ authorization: `Bearer ${sealed(by, sealedWith)}` });
  const post = (path: string, event: object) => {
    const signed = signs && { 'teamtailor-signature': signature(secret, event, now()) };
    return call('POST', `${partner()}/${path}`, { ...bearer(), ...signed }, event);
  };

  return {
    origin: endpoint.origin,
    told: endpoint.told,
    answerWith: endpoint.answerWith,
    results,
    bearer,
    config: () => call('GET', `${partner()}/config?job_id=4711&stage_id=2&user_id=31`, bearer()),
    async push(data, { result = randomUUID(), updateUrl, candidate = {}, job = {} } = {}) {
      if (!results.has(result)) results.set(result, { status: 'sending' });
      const event = {
        'partner-event': {
          id: randomUUID(),
          'webhook-data': data,
          'partner-result': {
            id: result,
            status: 'sending',
            'update-url': updateUrl ?? `${endpoint.origin}/partner/v1/partner-results/${result}`,
          },
          candidate: {
            id: 5150,
            uuid: randomUUID(),
            'first-name': 'Ines',
            'last-name': 'Moreau',
            email: 'ines@candidates.example',
            phone: null,
            tags: [],
            job:
              job === null
                ? null
                : {
                    id: 4711,
                    title: 'Night Shift Lead',
                    'stage-id': 2,
                    stage: 'Video',
                    tags: [],
                    'trigger-id': 9,
                    'custom-fields': [],
                    status: { rejected: false },
                    'triggered-by': { id: 31, email: 'rec@company.example', name: 'Rec' },
                    ...job,
                  },
            recruiter: { name: 'Rec', email: 'rec@company.example', phone: null },
            locations: [{ name: 'Lyon', address: 'Lyon' }],
            questions: [],
            'custom-fields': [],
            ...candidate,
          },
        },
        company: { uuid: 'c0mpany', name: 'Company', url: 'https://career.company.example', logotype: null },
      };
      const answered = await post('webhook', event);
      const attributes = (answered.body as { partner_result_attributes?: object } | null)
        ?.partner_result_attributes;
      if (answered.status >= 400)
        Object.assign(results.get(result)!, { status: 'failed', message: answered.body });
      else if (attributes !== undefined && wrong(attributes as Record<string, unknown>).length === 0)
        Object.assign(results.get(result)!, attributes);
      return { ...answered, result, event };
    },
    press: (path, event) => {
      // A press is an event of its own.
      const { 'partner-event': first, ...rest } = event as { 'partner-event': object };
      return post(path, { 'partner-event': { ...first, id: randomUUID() }, ...rest });
    },
    close: () => endpoint.close(),
  };
}

/** What its documents do not allow. */
function wrong({
  status,
  assessment,
  details,
  attachments,
  url,
  actions,
}: Record<string, unknown>): string[] {
  const { score } = (assessment ?? {}) as { score?: unknown };
  const inner = Object.values((details ?? {}) as object).filter(
    (value) => typeof value === 'object' && value !== null,
  );
  const isDeep = inner.some((value) =>
    Object.values(value as object).some((one) => typeof one === 'object' && one !== null),
  );
  const fits = (list: unknown, ...keys: string[]) =>
    list === undefined ||
    (Array.isArray(list) && list.every((one) => Object.keys(one).sort().join() === keys.sort().join()));
  return [
    ...(status === undefined || statuses.includes(status as string) ? [] : [`status is ${String(status)}`]),
    ...(score === undefined || (typeof score === 'number' && score >= 0 && score <= 100)
      ? []
      : ['score is not from 0 to 100']),
    ...(isDeep ? ['details is too deep'] : []),
    ...(url == null || /^https?:\/\//.test(String(url)) ? [] : ['url is none']),
    ...(fits(attachments, 'url', 'description') ? [] : ['attachments have other keys']),
    ...(fits(actions, 'buttonText', 'endpoint') ? [] : ['actions have other keys']),
  ];
}

function signature(secret: string, event: object, now: number): string {
  const at = Math.floor(now / 1000);
  const { id } = (event as { 'partner-event': { id: string } })['partner-event'];
  const hash = createHmac('sha256', secret).update(`${at}.${id}`).digest('hex');
  return `t=${at},v1=${hash},v0=${'0'.repeat(64)}`;
}

/** A JWE of the activation's form. */
function sealed(secret: string, bits: 128 | 256): string {
  const hex = createHash('sha256').update(secret).digest('hex').slice(0, 32);
  const key = bits === 128 ? Buffer.from(hex, 'hex') : Buffer.from(hex);
  const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM' })).toString('base64url');
  const nonce = randomBytes(12);
  const cipher = createCipheriv(bits === 128 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(header));
  const text = Buffer.concat([cipher.update(JSON.stringify({ company: 'Company' })), cipher.final()]);
  const parts = [nonce, text, cipher.getAuthTag()].map((part) => part.toString('base64url'));
  return [header, '', ...parts].join('.');
}
