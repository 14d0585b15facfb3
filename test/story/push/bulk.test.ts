/**
 * Hundreds of invitations at once: what is urgent first, also where it comes in the middle.
 * @module-tag rare
 */
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene } from '../../support/push-scene.js';

const path = /^\/v1\.0\/interviews$/;
/** An invitation is held back here for as long as ten plannings take. */
const patient = { SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '600' };
/** More than one chunk. */
const many = 130;
/** Rows are carried out in chunks of so many; between two it is asked whether to plan anew. */
const chunk = 100;

describe.each([['apply'], ['run']])('a long run of `%s`', (command) => {
  it(`\`${command}\` invites many by priority, and lets in what came meanwhile`, async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    const fill = async () => {
      const rows = Array.from({ length: many }, (_, index) =>
        anInterview(`I-${index + 1}`, 'J-1', `c${index + 1}@example.org`, { priority: index % 2 }),
      );
      await scene.put('jobs', aJob('J-1'));
      await scene.put('interviews', ...rows);
    };
    // In the order in which candidates got mail.
    const mails = () =>
      emulator.outbox
        .filter(({ kind }) => kind.startsWith('interview_'))
        .map(({ kind, to }) => `${kind} ${to}`);
    let meddled: Promise<unknown> | undefined;
    let startedAt = Number.NaN;
    let firstInvitationAt: number | undefined;
    let worthPlanning: Promise<unknown> | undefined;
    emulator.onRequest(async ({ method, path: asked }) => {
      if (!path.test(asked)) return;
      // A command has listed the interviews before it plans.
      if (method === 'GET' && command === 'apply' && firstInvitationAt === undefined)
        startedAt = performance.now();
      if (method !== 'POST') return;
      firstInvitationAt ??= performance.now();
      if (mails().length < 30) return;
      if (mails().length > 0.5 * chunk && worthPlanning === undefined) {
        // Planning may take a tenth of the time, and took at most what passed before the first invitation: however slow
        // the machine is, the first chunk does not end before it is worth planning anew.
        const planned = firstInvitationAt - startedAt;
        worthPlanning = setTimeout(firstInvitationAt + Math.max(1000, 10 * planned) - performance.now());
        await worthPlanning;
      }
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
      await fill();
      const program = scene.command(['apply', '--json'], patient);
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
      const service = await scene.start(patient);
      await service.program.waitForLine(/"event":"account_taken"/);
      startedAt = performance.now();
      await fill();
      await scene.until(() => expect(mails().length).toBeGreaterThanOrEqual(many + 1));
    }
    const order = mails();
    const at = (mail: string) => order.indexOf(mail);
    // A withdrawal takes more requests than an invitation: five others go on beside it and overtake it.
    const soon = chunk + 20;
    expect(at('interview_invitation urgent@example.org')).toBeGreaterThan(29);
    expect(at('interview_invitation urgent@example.org')).toBeLessThan(soon);
    expect(at('interview_canceled c2@example.org')).toBeGreaterThan(29);
    expect(at('interview_canceled c2@example.org')).toBeLessThan(soon);
    expect(at(`interview_invitation c${many - 1}@example.org`)).toBe(-1);
    const invitations = order.filter((mail) => mail.startsWith('interview_invitation'));
    expect(new Set(invitations).size).toBe(invitations.length);
    expect(invitations).toHaveLength(many);
    // Of the others those of higher priority came first, six at a time.
    const others = invitations.flatMap((mail) => mail.match(/ c(\d+)@/)?.[1] ?? []).map(Number);
    expect(others.slice(0, many / 2 - 6).every((n) => n % 2 === 0)).toBe(true);
    expect(Math.max(...Array.from(emulator.requests, ({ body }) => peopleIn(body)))).toBe(1);
  });
});

function peopleIn(body: unknown): number {
  const people = (body as { assigned_to?: unknown } | null | undefined)?.assigned_to;
  return Array.isArray(people) ? people.length : people === undefined ? 0 : 1;
}
