/** Lists of Workable to their proven end, against answers that no emulator makes. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { AtsHttp, AtsRequest } from '../../../src/connectors/http.js';
import { workableClient } from '../../../src/connectors/workable/client.js';

const base = 'https://acme.workable.com/spi/v3';
const row = z.object({ id: z.string(), name: z.string() });
const { signal } = new AbortController();

/** Answers in turn; what was asked. */
function client(...answers: unknown[]) {
  const asked: string[] = [];
  const http = {
    async send({ method, url }: AtsRequest) {
      asked.push(`${method} ${url.href}`);
      const answer = answers[asked.length - 1];
      const body = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
      return { status: answer === 404 ? 404 : 200, headers: {}, body };
    },
  } as unknown as AtsHttp;
  return { asked, ...workableClient(http, base) };
}

async function all(of: ReturnType<typeof client>, parameters = {}) {
  const rows = [];
  for await (const page of of.list('/things', 'things', row, parameters, signal)) rows.push(...page);
  return rows.map(({ id }) => id);
}

const things = (ids: string[], more = {}) => ({
  things: ids.map((id) => ({ id, name: 'n', new: 1 })),
  ...more,
});
const next = (address: string) => ({ paging: { next: address } });

it('pages follow the parameters of the next address and nothing else of it: no other host, and no lost filter', async () => {
  const of = client(
    things(['a'], next('https://www.workable.com/spi/v3/accounts/acme/things?limit=3&since_id=b')),
    things(['b'], next('https://acme.workable.com/spi/v3/things?since_id=c')),
    things(['c']),
  );
  expect(await all(of, { updated_after: '2026-11-20T09:00:00Z' })).toEqual(['a', 'b', 'c']);
  const filter = 'updated_after=2026-11-20T09%3A00%3A00Z';
  expect(of.asked).toEqual([
    `GET ${base}/things?limit=100&${filter}`,
    `GET ${base}/things?limit=3&${filter}&since_id=b`,
    `GET ${base}/things?limit=3&${filter}&since_id=c`,
  ]);
});

it.each([
  ['no JSON', ['<html>']],
  ['a list alone', [[]]],
  ['another list', [{ others: [] }]],
  ['no next address', [things(['a'], next('soon'))]],
  [
    'the same next page twice',
    [things(['a'], next(`${base}/things?since_id=b`)), things(['b'], next(`${base}/things?since_id=b`))],
  ],
])('%s is unreadable', async (_, answers) => {
  await expect(all(client(...answers))).rejects.toMatchObject({ code: 'ATS_ANSWER_UNREADABLE' });
});

it('what a row lacks is named, and nothing that it says', async () => {
  const error = await all(client({ things: [{ id: 'a', email: 'ann@home.test' }] })).catch(
    (one: unknown) => one,
  );
  expect(error).toMatchObject({ code: 'ATS_ANSWER_UNREADABLE', message: expect.stringContaining('(name)') });
  expect(String(error)).not.toContain('ann@');
});

it('a list that is not there at all is a wrong address; one of an object that is gone, and the object, are null', async () => {
  await expect(all(client(404))).rejects.toMatchObject({
    code: 'ATS_REQUEST_REFUSED',
    remedy: expect.stringContaining('ats.subdomain'),
  });
  expect(await client(404).listOf('/people/1/things', 'things', row, signal)).toBeNull();
  expect(await client(404).one('/people/1', 'person', row, signal)).toBeNull();
  expect(await client({ person: { id: 'p', name: 'n' } }).one('/people/p', 'person', row, signal)).toEqual({
    id: 'p',
    name: 'n',
  });
});
