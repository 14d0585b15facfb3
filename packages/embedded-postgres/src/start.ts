import { existsSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  databaseName,
  databaseUser,
  initCluster,
  portTaken,
  predecessorEnding,
  type RunningServer,
  randomPassword,
  setPassword,
  startServer,
} from './cluster.js';
import { type Files, readSettings, type Settings, writeJson } from './files.js';
import { giveTo } from './identity.js';
import { type Prepared, prepareInstallation } from './installation.js';
import { clearOrphan, removeHalfMade } from './orphan.js';

export interface Started {
  server: RunningServer;
  /** postgres://user:password@127.0.0.1:port/database */
  url: string;
  dataDir: string;
  /** Something the user should know, as a sentence. */
  notice: string | undefined;
}

export interface StartOptions {
  durable: boolean;
  onLog: (text: string) => void;
}

/**
 * Brings the server of a directory up, whatever state the directory was left in: makes the cluster if there is
 * none, stops an orphaned server, finds a free port. Only for the holder of the directory's lock.
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_UNAVAILABLE, EMBEDDED_POSTGRES_FAILED
 */
export async function startEmbedded(files: Files, options: StartOptions): Promise<Started> {
  const known = readSettings(files);
  const prepared = prepareInstallation(files, known?.place);
  const { dataDir, place } = prepared;
  const settings: Settings = {
    password: known?.password ?? randomPassword(),
    port: known?.port ?? randomPort(),
    ...(place === undefined ? {} : { place }),
  };
  // Before there are data that nothing but this password opens.
  if (!known || known.place !== place) writeJson(files.settings, settings);
  await clearOrphan(dataDir);
  removeHalfMade(dataDir);
  if (!existsSync(dataDir)) {
    await initCluster(prepared, { dataDir, password: settings.password, durable: options.durable });
  } else {
    giveTo(prepared.identity, dataDir);
    if (!known) await setPassword(prepared, dataDir, settings.password);
  }
  const { server, port } = await startOnFreePort(prepared, settings.port, options);
  if (port !== settings.port) writeJson(files.settings, { ...settings, port });
  return {
    server,
    url: `postgres://${databaseUser}:${settings.password}@127.0.0.1:${port}/${databaseName}`,
    dataDir,
    notice: noticeAbout(files, prepared, known?.place),
  };
}

async function startOnFreePort(
  prepared: Prepared,
  preferred: number,
  { durable, onLog }: StartOptions,
): Promise<{ server: RunningServer; port: number }> {
  let port = (await isFree(preferred)) ? preferred : randomPort();
  for (let attempt = 1; ; attempt++) {
    try {
      const server = await startServer(prepared, { dataDir: prepared.dataDir, port, durable, onLog });
      return { server, port };
    } catch (error) {
      if (portTaken(error) && attempt < 20) port = randomPort();
      else if (predecessorEnding(error) && attempt < 100) await delay(100);
      else throw error;
    }
  }
}

/** Below the ports that systems give to outgoing connections, so that it is free the next time as well. */
function randomPort(): number {
  return 20_000 + Math.floor(Math.random() * 12_000);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function noticeAbout(
  files: Files,
  { dataDir, place }: Prepared,
  before: string | undefined,
): string | undefined {
  if (before !== undefined && before !== place) {
    return `The data of the embedded PostgreSQL were in ${before}, which is gone: it starts empty, in ${dataDir}.`;
  }
  if (dataDir.startsWith(realpathSync(files.home))) return undefined;
  return `The data of the embedded PostgreSQL are in ${dataDir}: only root can reach ${files.home}, and PostgreSQL refuses to run as root.`;
}
