import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Takes an exclusive lock on a file, one that the operating system takes back when the process ends, however
 * it ends: no process id to check, nothing stale to remove.
 * @returns what releases it, or undefined while somebody else has it
 */
export async function tryLock(path: string): Promise<(() => void) | undefined> {
  if (process.platform === 'linux') {
    const fd = openSync(path, 'a', 0o600);
    const answer = lockWithTool(fd);
    const release = answer === 'no tool' ? await lockByName(fd) : answer === 'locked' ? () => {} : undefined;
    if (!release) {
      closeSync(fd);
      return undefined;
    }
    return () => {
      release();
      closeSync(fd);
    };
  }
  const { O_RDWR, O_CREAT, O_NONBLOCK } = constants;
  // open(2) of macOS and the BSDs locks by itself (O_EXLOCK); so does libuv on Windows (UV_FS_O_EXLOCK).
  const flags = process.platform === 'win32' ? 0x1000_0000 : 0x20 | O_NONBLOCK;
  try {
    const fd = openSync(path, O_RDWR | O_CREAT | flags, 0o600);
    return () => closeSync(fd);
  } catch (error) {
    if (['EAGAIN', 'EWOULDBLOCK', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

/**
 * flock(1) locks the open file it inherits, and the lock stays with the file when that process has ended.
 * Holds between containers that share a volume, too.
 */
function lockWithTool(fd: number): 'locked' | 'busy' | 'no tool' {
  const { status } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  return status === 0 ? 'locked' : status === 1 ? 'busy' : 'no tool';
}

/** A name that only one process at a time can listen on: Linux's abstract sockets leave no file behind. */
function lockByName(fd: number): Promise<(() => void) | undefined> {
  const { dev, ino } = fstatSync(fd);
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(`\0sparkhire-sync/embedded-postgres/${dev}:${ino}`, () => {
      server.unref();
      resolve(() => server.close());
    });
  });
}
