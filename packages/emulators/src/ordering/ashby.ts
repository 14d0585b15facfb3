/** Ashby as it starts assessments of a partner. (the vendor's OpenAPI description; developers.ashbyhq.com) */
import { type Answered, basic, call, type Endpoint, listen } from './endpoint.js';

export interface OrderingAshby {
  readonly origin: string;
  readonly told: Endpoint['told'];
  readonly answerWith: Endpoint['answerWith'];
  list(): Promise<Answered>;
  start(type: string, over?: { application?: string; candidate?: object; job?: object }): Promise<Answered>;
  cancel(assessment: string): Promise<Answered>;
  /** The last update that it took of each. */
  readonly assessments: ReadonlyMap<string, Record<string, unknown>>;
  /** Its next answers to updates are errors with status 200. */
  refuse(times: number): void;
  close(): Promise<void>;
}

const types = ['numeric_score', 'numeric_duration_minutes', 'url', 'string', 'boolean_success'];

export async function orderingAshby({
  partner,
  secret,
  apiKey,
}: {
  partner: () => string;
  secret: string;
  apiKey: string;
}): Promise<OrderingAshby> {
  const headers = { authorization: basic(secret) };
  const assessments = new Map<string, Record<string, unknown>>();
  const started = new Set<string>();
  let refusals = 0;

  const endpoint = await listen(({ method, path, headers: given, body }) => {
    if (given.authorization !== basic(apiKey)) return { status: 401 };
    if (method !== 'POST' || path !== '/assessment.update') return { status: 404 };
    if (refusals > 0) {
      refusals -= 1;
      return { status: 200, body: { success: false, errors: ['rate_limit_exceeded'] } };
    }
    const update = body as Record<string, unknown>;
    const problems = wrong(update);
    const id = String(update.assessment_id);
    if (!started.has(id)) problems.push('assessment_not_found');
    if (problems.length > 0) return { status: 200, body: { success: false, errors: problems } };
    const before = assessments.get(id);
    // What is older than what it has is passed over.
    if (before === undefined || Number(before.timestamp) <= Number(update.timestamp))
      assessments.set(id, update);
    return { status: 200, body: { success: true, results: { assessment_id: id } } };
  });

  return {
    origin: endpoint.origin,
    told: endpoint.told,
    answerWith: endpoint.answerWith,
    assessments,
    list: () => call('POST', `${partner()}/assessment.list`, headers, {}),
    async start(type, { application = 'app-1', candidate = {}, job = {} } = {}) {
      const answered = await call('POST', `${partner()}/assessment.start`, headers, {
        assessment_type_id: type,
        candidate: {
          ashby_id: 'cand-1',
          first_name: 'Tove',
          last_name: 'Lindqvist',
          email: 'tove@candidates.example',
          ashby_profile_url: 'https://app.ashbyhq.com/candidates/cand-1',
          ...candidate,
        },
        application: { ashby_id: application, status: 'Active' },
        job: {
          ashby_id: 'job-9',
          name: 'Data Engineer',
          req_id: null,
          ashby_job_url: 'https://app.ashbyhq.com/jobs/job-9',
          hiringTeam: [],
          ...job,
        },
      });
      const id = (answered.body as { results?: { assessment_id?: string } } | null)?.results?.assessment_id;
      if (id !== undefined) started.add(id);
      return answered;
    },
    cancel: (assessment) =>
      call('POST', `${partner()}/assessment.cancel`, headers, { assessment_id: assessment }),
    refuse(times) {
      refusals = times;
    },
    close: () => endpoint.close(),
  };
}

function wrong(update: Record<string, unknown>): string[] {
  const { assessment_status, assessment_result, assessment_profile_url, metadata, timestamp } = update;
  const isField = (value: unknown) => {
    const { identifier, label, type, value: said } = (value ?? {}) as Record<string, unknown>;
    return (
      typeof identifier === 'string' &&
      typeof label === 'string' &&
      types.includes(type as string) &&
      ['string', 'number', 'boolean'].includes(typeof said)
    );
  };
  const given = [
    assessment_status,
    assessment_result,
    assessment_profile_url,
    ...((metadata ?? []) as unknown[]),
  ].filter((value) => value !== undefined);
  return [
    ...(isField(assessment_status) && Number.isInteger(timestamp)
      ? []
      : ['invalid_input: assessment_status and timestamp are needed']),
    ...(given.every(isField) ? [] : ['invalid_input: a field has another shape']),
    ...(assessment_result === undefined || assessment_profile_url !== undefined
      ? []
      : ['invalid_input: assessment_profile_url is needed']),
  ];
}
