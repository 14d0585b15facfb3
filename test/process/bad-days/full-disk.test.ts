/** A disk that is really full, where a small file system can be mounted: nothing is half-done, and it goes on by itself. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startRestartableServer } from '../../support/restartable-server.js';
import { complaints, openScene, type Scene } from '../../support/scene.js';
import { eventually } from '../../support/service.js';

const megabyte = Buffer.alloc(2 ** 20);

/** null where this process may not mount. */
function mountSmallDisk(): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'sparkhire-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=1777', 'tmpfs', directory]);
  if (status === 0) return directory;
  rmdirSync(directory);
  return null;
}

function unmount(directory: string): void {
  spawnSync('umount', ['-l', directory]);
  rmSync(directory, { recursive: true, force: true });
}

/** Takes all the room that is left. @returns the file */
function fill(directory: string): string {
  const file = join(directory, 'filler');
  const handle = openSync(file, 'w');
  try {
    for (let chunk = megabyte; chunk.length > 0; ) {
      try {
        writeSync(handle, chunk);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        chunk = chunk.subarray(0, chunk.length >> 1);
      }
    }
  } finally {
    closeSync(handle);
  }
  return file;
}

const probe = mountSmallDisk();
if (probe !== null) unmount(probe);

describe.skipIf(probe === null)('a full disk', () => {
  const expected = {
    'for tables': ['activity_failed tick DATABASE_FULL'],
    // PostgreSQL itself cannot go on then, and has to be started again.
    'for the write-ahead log': ['database_away'],
  };
  it.for(Object.entries(expected))(
    '%s: nothing is half-done, it is told once, and caught up with once there is room',
    { concurrent: true },
    async ([which, told], { onTestFinished }) => {
      const disk = mountSmallDisk()!;
      onTestFinished(() => unmount(disk));
      const server = await startRestartableServer(disk);
      onTestFinished(() => server.drop());
      const scene = await openScene(onTestFinished, {
        databaseUrl: server.url,
        jobs: 3,
        interviews: 12,
      });
      const service = await scene.start();
      await scene.isTrue();
      // Before the log is used up a tick may have met a full disk: that is told as well.
      const met = () =>
        new Set(complaints(service).filter((one) => told.includes(one) || !one.includes('DATABASE_FULL')));
      const filler = fill(disk);
      // More than the pages that are there already can take, however well it is packed.
      for (let n = 0; n < 10; n++) {
        const description = randomBytes(40_000).toString('hex');
        scene.emulator.act.addJob({ status: 'inactive', description });
      }
      if (which === 'for the write-ahead log') await useUpTheLog(scene);
      await eventually(() => expect(met()).toEqual(new Set(told)));
      expect((await service.get('/healthz')).status).toBe(200);
      await eventually(async () =>
        expect((await service.get('/readyz')).status).toBe(which === 'for tables' ? 200 : 503),
      );
      rmSync(filler);
      // Of two that ran out of room for the log one has ended by itself, another "is not yet accepting connections" for good.
      if (which === 'for the write-ahead log') await server.revive();
      await scene.isTrue();
      expect(
        await scene.rows(
          `select uuid from sparkhire.jobs j where not exists
             (select from sync.changes c where c.uuid = j.uuid and c.resource = 'jobs' and change = 'created')`,
        ),
      ).toEqual([]);
      expect(met()).toEqual(new Set(told));
      const [away, others] = [[], []] as [string[], string[]];
      for (const one of complaints(service)) (one === 'database_away' ? away : others).push(one);
      expect(new Set(others).size).toBe(others.length);
      // Each time: who lost its locks, and who asked /readyz.
      const times = service.lines().filter(({ event }) => event === 'database_back').length;
      expect(away.length).toBeLessThanOrEqual(2 * times);
      expect((await service.stop()).code).toBe(0);
      expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
    },
  );
});

/** Begins one file of the log after the other, until there is no room for the next. */
async function useUpTheLog(scene: Scene): Promise<void> {
  for (;;) {
    try {
      // What needs no table is stopped by nothing but the log.
      await scene.rows(`select pg_logical_emit_message(false, 'filler', 'x')`);
      await scene.rows('select pg_switch_wal()');
    } catch (error) {
      if ((error as { code?: string }).code !== '53100') return;
    }
  }
}
