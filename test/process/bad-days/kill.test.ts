/** SIGKILL at any moment of a service's life: what it leaves behind is true as far as it goes, and goes on. */
import { describe, expect, it } from 'vitest';
import { pick, seededRandom, something } from '../../support/emulated-life.js';
import { mirroredTables, storedMirror } from '../../support/mirror-oracle.js';
import { freePort, openScene, type Scene } from '../../support/scene.js';
import { eventually } from '../../support/service.js';

interface ChangeRow {
  resource: string;
  uuid: string;
  change: 'created' | 'updated' | 'deleted' | 'restored';
  changed_fields: string[];
}

/** What sync.changes makes of each row, replayed, against the mirror: a line for everything that does not fit. */
async function unexplained(scene: Scene): Promise<string[]> {
  // At one moment: what a killed process was about to commit may come yet.
  await scene.rows('begin isolation level repeatable read');
  const changes = await scene.rows<ChangeRow>(
    'select resource, uuid, change, changed_fields from sync.changes order by seq',
  );
  const found: string[] = [];
  const there = new Map<string, boolean>();
  for (const { resource, uuid, change, changed_fields } of changes) {
    const key = `${resource} ${uuid}`;
    const before = there.get(key);
    const fits =
      change === 'created'
        ? before === undefined
        : change === 'restored'
          ? before === false
          : before === true;
    if (!fits)
      found.push(
        `${key}: ${change} although it was ${before === undefined ? 'unknown' : before ? 'there' : 'gone'}`,
      );
    if (change === 'updated' && changed_fields.length === 0) found.push(`${key}: updated in nothing`);
    there.set(key, change !== 'deleted');
  }
  for (const table of mirroredTables) {
    if (table === 'plans') continue;
    const rows = await scene.rows<{ uuid: string; deleted: boolean }>(
      `select uuid, deleted_at is not null as deleted from sparkhire.${table}`,
    );
    for (const { uuid, deleted } of rows) {
      const told = there.get(`${table} ${uuid}`);
      if (told !== !deleted) found.push(`${table} ${uuid}: ${deleted ? 'gone' : 'there'}, told ${told}`);
    }
  }
  await scene.rows('commit');
  return found;
}

/** Rows that are marked as deleted although Spark Hire has them. */
async function wronglyDeleted(scene: Scene): Promise<string[]> {
  const { state } = scene.emulator;
  const { deleted } = await storedMirror(scene.client);
  return [
    ...[...deleted.users].filter((uuid) => state.users.has(uuid)),
    ...[...deleted.jobs].filter((uuid) => state.jobs.has(uuid)),
    ...[...deleted.interviews].filter((uuid) => state.interviews.has(uuid)),
  ];
}

describe.concurrent('a service killed', () => {
  for (const seed of [1, 2]) {
    it(`at random moments goes on each time, and tells of every change once (${seed})`, async ({
      onTestFinished,
    }) => {
      const scene = await openScene(onTestFinished, {
        seed,
        // Two changes within a second would leave the second one to a later look.
        switches: { timestampFormat: 'fractional' },
      });
      const { emulator } = scene;
      const random = seededRandom(seed);
      const port = await freePort();
      const settings = {
        SYNC_HTTP_PORT: String(port),
        SYNC_PUBLIC_URL: `http://127.0.0.1:${port}`,
        SPARKHIRE_PAGE_SIZE: '7',
        // A sweep every other second: it is met in the middle too.
        SYNC_SWEEP_SCHEDULE: '*/2 * * * * *',
      };
      const refresh = 'schedule:\n  refreshSeconds: 1\n  webhookCheckSeconds: 1\n';
      for (let life = 0; life < 4; life++) {
        const service = await scene.startProcess(settings, refresh);
        // Anywhere from its first request to some way on.
        const after = 1 + Math.floor(random() * (life === 0 ? 30 : 50));
        let arrived = 0;
        const reached = new Promise<void>((resolve) => {
          const off = emulator.onRequest(() => {
            arrived++;
            if (arrived % 4 === 0) something(emulator, random);
            // Deletions of their own, that ticks do not see.
            if (arrived % 25 === 0) {
              const one = pick(random, emulator.state.interviews.values());
              if (one) emulator.act.deleteInterview(one.uuid);
            }
            if (arrived < after) return;
            off();
            resolve();
          });
        });
        await reached;
        await service.stop('SIGKILL');
        expect(await unexplained(scene)).toEqual([]);
        expect(await wronglyDeleted(scene)).toEqual([]);
      }
      const last = await scene.start(settings, refresh);
      await scene.isTrue();
      expect(await unexplained(scene)).toEqual([]);
      expect(await wronglyDeleted(scene)).toEqual([]);
      await eventually(() => expect(emulator.state.webhooks.size).toBe(1));
      await emulator.settleDeliveries();
      await eventually(async () =>
        expect(await scene.rows("select * from sync.webhook_events where state = 'waiting'")).toEqual([]),
      );
      expect((await last.stop()).code).toBe(0);
      expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
    });
  }
});
