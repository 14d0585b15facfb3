/** What a process is told by its surroundings: signals, in the middle and again, and a reader that goes away. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startRestartableServer } from '../support/restartable-server.js';
import { halt, openScene } from '../support/scene.js';
import { connectTo, eventually } from '../support/service.js';

const clock = new URL('../support/shifted-clock.mjs', import.meta.url).href;
/** Where the end of a run is written, a stop waits then. */
const lockRuns = 'begin; lock table sync.runs in access exclusive mode';
const waitingForRuns = "select 1 from pg_locks where not granted and relation = 'sync.runs'::regclass";
const isDetail = ({ path }: { path: string }) => /interviews\/./.test(path);

describe.concurrent('a process', () => {
  it('of the service ends well with SIGTERM in the middle, and the next one goes on', async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished);
    const { reached, letOn } = halt(scene, 6, isDetail);
    const service = await scene.startProcess();
    await reached;
    const { code, stderr } = await service.stop('SIGTERM');
    letOn();
    expect([code, stderr.match(/"level":(50|60).*|service_forced/)?.[0]]).toEqual([0, undefined]);
    expect(stderr).toContain('service_stopped');
    expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
    const next = await scene.start();
    await scene.isTrue();
    expect((await next.stop()).code).toBe(0);
  });

  it('of the service ends with SIGTERM although PostgreSQL is silent, from the start or later', async ({
    onTestFinished,
  }) => {
    const server = await startRestartableServer();
    onTestFinished(() => server.drop());
    const scene = await openScene(onTestFinished, { databaseUrl: server.url });
    onTestFinished(async () => server.thaw());
    server.freeze();
    const silent = await scene.startProcess();
    await eventually(async () => expect((await silent.get('/readyz')).status).toBe(503));
    expect((await silent.stop()).code).toBe(0);
    server.thaw();

    const service = await scene.startProcess();
    await scene.isTrue();
    server.freeze();
    expect((await service.stop()).code).toBe(0);
    server.thaw();
  });

  it('of the service that hangs over its stop is forced to its end', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const blocker = await connectTo(scene.databaseUrl);
    onTestFinished(() => blocker.end());
    const { reached, letOn } = halt(scene, 6, isDetail);
    const service = await scene.startProcess();
    await reached;
    await blocker.query(lockRuns);
    const { code, stderr } = await service.stop();
    letOn();
    expect(code).toBe(0);
    expect(stderr).toContain('service_forced');
    await blocker.query('rollback');
    const next = await scene.start();
    await scene.isTrue();
    expect(await scene.rows("select * from sync.runs where outcome = 'running' and kind = 'sweep'")).toEqual(
      [],
    );
    expect((await next.stop()).code).toBe(0);
  });

  it('that hangs over its stop is ended at once by a second signal a second later', async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished);
    const blocker = await connectTo(scene.databaseUrl);
    onTestFinished(() => blocker.end());
    const { reached, letOn } = halt(scene, 1, isDetail);
    onTestFinished(async () => letOn());
    const backfill = scene.process(['backfill', '--json'], {
      NODE_OPTIONS: `--import=${clock}`,
      TIME_GONE_MS: '1001',
    });
    await reached;
    await blocker.query(lockRuns);
    backfill.kill('SIGINT');
    await eventually(async () => expect(await scene.rows(waitingForRuns)).not.toEqual([]));
    backfill.kill('SIGUSR2');
    await backfill.waitForLine(/clock_shifted/);
    backfill.kill('SIGTERM');
    const { code, signal, stdout } = await backfill.ended;
    expect([code, signal, stdout]).toEqual([1, null, '']);
  });

  it('whose reader goes away does its work, and that is no failure', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { reached, letOn } = halt(scene, 1, isDetail);
    const backfill = scene.process(['backfill', '--json']);
    await reached;
    const { stdout } = backfill.child;
    stdout!.destroy();
    await once(stdout!, 'close');
    letOn();
    const { code, signal, stderr } = await backfill.ended;
    expect([code, signal]).toEqual([0, null]);
    expect(stderr).not.toContain('EPIPE');
    expect(await scene.wrong()).toEqual([]);
  });

  it('whose log nobody reads any more does its work to its end', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { reached, letOn } = halt(scene, 1, isDetail);
    const backfill = scene.process(['backfill', '--json']);
    await reached;
    const { stderr } = backfill.child;
    stderr!.destroy();
    await once(stderr!, 'close');
    letOn();
    const { code, json } = await backfill.ended;
    expect([code, json]).toEqual([0, expect.objectContaining({ ok: true })]);
    expect(await scene.wrong()).toEqual([]);
  });

  it('in which a service was stopped has nothing left that keeps it alive', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const script = `
      import { Writable } from 'node:stream';
      import { main } from ${JSON.stringify(new URL('../../dist/cli/index.js', import.meta.url).href)};
      const stop = new AbortController();
      const stderr = new Writable({
        write(chunk, _encoding, done) {
          if (String(chunk).includes('"event":"account_taken"')) stop.abort(new Error('enough'));
          done();
        },
      });
      const { env, stdin, stdout } = process;
      const stopSignal = () => stop.signal;
      console.log(await main(['run'], { env, stdin, stdout, stderr, stopSignal, exitCode: 0 }));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...scene.settings({ SYNC_HTTP_PORT: '0' }), PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const printed = text(child.stdout);
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(await printed).toBe('0\n');
  });
});
