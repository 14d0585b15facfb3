/** For each route of the console's API that takes something: what can be asked. */
const reason = 'to try';
const account = 'default';

interface Sample {
  query?: Record<string, string>;
  body?: object;
}

/** @param conflict number of an open one */
export const samples = (conflict: number): Readonly<Record<string, Sample>> => ({
  '/api/login': { body: { token: 'viewer-token-012' } },
  '/api/find': { query: { q: 'ada' } },
  '/api/conflict': { query: { id: String(conflict) } },
  '/api/conflicts/resolve': { body: { conflicts: [{ id: conflict, revision: 1 }], take: 'ats', reason } },
  '/api/rows/retry': { body: { account, rows: [{ resource: 'interviews', ats_id: 'I-1' }], reason } },
  '/api/plan': { body: { account } },
  '/api/plan/approve': { body: { account, checksum: 'another', reason } },
  '/api/backfill': { body: { account, reason } },
  '/api/mirror/interviews': { query: { account } },
  '/api/mirror/jobs': { query: { account } },
  '/api/mirror/funnel': { query: { account } },
});
