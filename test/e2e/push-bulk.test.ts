/** Hundreds of invitations at once: at the limit's pace, what is urgent first, also where it comes in the middle. */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene } from '../support/push-scene.js';

const path = /^\/v1\.0\/interviews$/;
const slow = { SPARKHIRE_RATE_LIMIT: '40', SPARKHIRE_RATE_WINDOW_SECONDS: '1' };
const many = 300;

describe.each([['apply'], ['run']])('a long run of `%s`', (command) => {
  it('invites by priority, and lets in what came meanwhile', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    await scene.put('jobs', aJob('J-1'));
    const rows = Array.from({ length: many }, (_, index) =>
      anInterview(`I-${index + 1}`, 'J-1', `c${index + 1}@example.org`, { priority: index % 2 }),
    );
    await scene.put('interviews', ...rows);
    // In the order in which candidates got mail.
    const mails = () =>
      emulator.outbox
        .filter(({ kind }) => kind.startsWith('interview_'))
        .map(({ kind, to }) => `${kind} ${to}`);
    let meddled: Promise<unknown> | undefined;
    emulator.onRequest(async ({ method, path: asked }) => {
      if (method !== 'POST' || !path.test(asked) || mails().length < 30) return;
      meddled ??= (async () => {
        await scene.put('interviews', anInterview('I-urgent', 'J-1', 'urgent@example.org', { priority: 9 }));
        // The second one of them is out already; the last is not, and is never to be.
        await scene.rows(
          `update ats.interviews set desired = 'canceled' where ats_id in ('I-2', 'I-${many - 1}')`,
        );
      })();
      await meddled;
    });
    if (command === 'apply') {
      const program = scene.command(['apply', '--json'], slow);
      const { code, json, stderr } = await program.ended;
      expect([code, json]).toMatchObject([0, { pushed: { created: many + 1, canceled: 1 } }]);
      const told = stderr
        .split('\n')
        .filter((line) => line.includes('"writes"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ resource }) => resource === 'interviews');
      expect(told.map(({ event }) => event)).toEqual([
        'progress_begin',
        ...told.slice(1, -1).map(() => 'progress'),
        'progress_end',
      ]);
      expect(told.at(-1)).toMatchObject({ done: many + 1 });
    } else {
      await scene.start(slow);
      await expect
        .poll(() => mails().length, { timeout: 150_000, interval: 500 })
        .toBeGreaterThanOrEqual(many + 1);
    }
    const order = mails();
    const at = (mail: string) => order.indexOf(mail);
    expect(at('interview_invitation urgent@example.org')).toBeGreaterThan(29);
    expect(at('interview_invitation urgent@example.org')).toBeLessThan(290);
    expect(at('interview_canceled c2@example.org')).toBeGreaterThan(29);
    expect(at('interview_canceled c2@example.org')).toBeLessThan(290);
    expect(at(`interview_invitation c${many - 1}@example.org`)).toBe(-1);
    const invitations = order.filter((mail) => mail.startsWith('interview_invitation'));
    expect(new Set(invitations).size).toBe(invitations.length);
    expect(invitations).toHaveLength(many);
    // Of the others those of higher priority came first, six at a time.
    const others = invitations.flatMap((mail) => mail.match(/ c(\d+)@/)?.[1] ?? []).map(Number);
    expect(others.slice(0, many / 2 - 6).every((n) => n % 2 === 0)).toBe(true);
    expect(Math.max(...Array.from(emulator.requests, ({ body }) => peopleIn(body)))).toBe(1);
  }, 240_000);
});

function peopleIn(body: unknown): number {
  const people = (body as { assigned_to?: unknown } | null | undefined)?.assigned_to;
  return Array.isArray(people) ? people.length : people === undefined ? 0 : 1;
}
