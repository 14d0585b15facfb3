/** Greenhouse as it orders tests of an assessment partner. (grnhse/greenhouse-api-docs, source/includes/assessment) */
import { type Answered, basic, call, type Endpoint, listen } from './endpoint.js';

export interface OrderingGreenhouse {
  /** Where it is told of completed tests. */
  readonly origin: string;
  readonly told: Endpoint['told'];
  readonly answerWith: Endpoint['answerWith'];
  listTests(): Promise<Answered>;
  /** @param again the number of a test that was sent before */
  sendTest(
    test: string,
    candidate?: object,
    options?: { again?: number; sentBy?: string | undefined; at?: string; url?: string | undefined },
  ): Promise<Answered & { url: string }>;
  testStatus(interview: string): Promise<Answered>;
  responseError(body: object): Promise<Answered>;
  /** By the address it gave: what its own question after a notice was answered with. */
  readonly results: ReadonlyMap<string, { status: unknown; problems: string[] }>;
  /** Of candidates that are not active any more it takes no news. */
  reject(url: string): void;
  close(): Promise<void>;
}

/** @param partner the four addresses begin with it */
export async function orderingGreenhouse({
  partner,
  key,
}: {
  partner: () => string;
  key: string;
}): Promise<OrderingGreenhouse> {
  const headers = { authorization: basic(key) };
  const sent = new Map<string, { test: string; interview: string | null; rejected: boolean }>();
  const results = new Map<string, { status: unknown; problems: string[] }>();
  let numbers = 12_300;

  const endpoint = await listen(async ({ method, path, headers: given }) => {
    if (given.authorization !== headers.authorization) return { status: 401 };
    const url = `${endpoint.origin}${path}`;
    const one = sent.get(url);
    if (method !== 'PATCH' || one?.interview == null) return { status: 404 };
    if (one.rejected) return { status: 422 };
    const { status, body } = await testStatus(one.interview);
    const problems = status === 200 ? problemsOf(body) : [`the answer had status ${status}`];
    results.set(url, { status: body, problems });
    if (problems.length > 0)
      await responseError({ api_call: 'test_status', errors: problems, partner_interview_id: one.interview });
    return { status: 204 };
  });

  const testStatus = (interview: string) =>
    call('GET', `${partner()}/test_status?partner_interview_id=${encodeURIComponent(interview)}`, headers);
  const responseError = (body: object) => call('POST', `${partner()}/response_error`, headers, body);

  return {
    origin: endpoint.origin,
    told: endpoint.told,
    answerWith: endpoint.answerWith,
    results,
    listTests: () => call('GET', `${partner()}/list_tests`, headers),
    async sendTest(test, candidate = {}, { again, sentBy, at, url: other } = {}) {
      const number = again ?? ++numbers;
      const url =
        other ?? `${endpoint.origin}${at ?? `/integrations/testing_partners/take_home_tests/${number}`}`;
      const answered = await call('POST', `${partner()}/send_test`, headers, {
        partner_test_id: test,
        candidate: {
          first_name: 'Ada',
          last_name: 'Okafor',
          preferred_name: null,
          resume_url: null,
          phone_number: null,
          email: 'ada@candidates.example',
          greenhouse_profile_url: `https://app.greenhouse.io/people/77?application_id=88${number}`,
          ...candidate,
        },
        sent_by: sentBy ?? null,
        url,
      });
      const interview = (answered.body as { partner_interview_id?: unknown } | null)?.partner_interview_id;
      sent.set(url, { test, interview: typeof interview === 'string' ? interview : null, rejected: false });
      return { ...answered, url };
    },
    testStatus,
    responseError,
    reject(url) {
      sent.get(url)!.rejected = true;
    },
    close: () => endpoint.close(),
  };
}

function problemsOf(status: unknown): string[] {
  const { partner_status, partner_profile_url, partner_score, metadata } = (status ?? {}) as Record<
    string,
    unknown
  >;
  const values = Object.values((metadata ?? {}) as object);
  return [
    ...(typeof partner_status === 'string' ? [] : ['partner_status is no text']),
    ...(partner_status !== 'complete' || typeof partner_profile_url === 'string'
      ? []
      : ["partner_status is 'complete' but partner_profile_url is missing"]),
    ...(partner_score == null || typeof partner_score === 'number' ? [] : ['partner_score is no number']),
    ...(values.every((value) => value === null || typeof value !== 'object') ? [] : ['metadata is nested']),
  ];
}
