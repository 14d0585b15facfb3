// A process that uses the embedded PostgreSQL, for tests to start, ask and kill.
// argv: the compiled module, the directory. stdout: a JSON line for each thing that happened; any line on stdin
// releases the server.
import { createInterface } from 'node:readline';

const [, , module, dir] = process.argv;
const { acquireEmbeddedPostgres } = await import(module);
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const logged = (level) => (first, second) => tell({ log: level, message: second ?? first });
const log = { debug() {}, info() {}, warn: logged('warn'), error: logged('error') };
// Stays alive until it is told otherwise: the server it uses must not keep it.
const alive = setInterval(() => {}, 1000);
// The test that started it is gone.
process.stdin.once('end', () => process.exit());
try {
  const postgres = await acquireEmbeddedPostgres({ dir, log, durable: false });
  tell({ ready: { url: postgres.url, dataDir: postgres.dataDir } });
  createInterface({ input: process.stdin }).once('line', async () => {
    await postgres.release();
    tell({ released: true });
    clearInterval(alive);
    process.stdin.destroy();
  });
} catch ({ code, message, remedy }) {
  tell({ failed: { code, message, remedy } });
  clearInterval(alive);
  process.stdin.destroy();
}
