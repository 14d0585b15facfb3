/** Whoever stops a command stops the work that it asked another process for, whatever either of them was at. */
import { expect, it } from 'vitest';
import type { OwnedAccount } from '../../../src/account-session.js';
import type { Account, Settings } from '../../../src/config.js';
import { query } from '../../../src/db/database.js';
import { tryLockAccount } from '../../../src/db/locks/account-lock.js';
import { createLogger } from '../../../src/log.js';
import { createCommandServer } from '../../../src/service/command-server.js';
import { askCommand, cancelCommand } from '../../../src/work/commands.js';
import { performWork } from '../../../src/work/hand-over.js';
import type { WorkProgress } from '../../../src/work/work.js';
import { fileDatabase } from '../../support/file-database.js';
import { startForgetfulProxy } from '../../support/forgetful-proxy.js';

const shared = fileDatabase();
const log = createLogger({ level: 'silent' });
const account = { name: 'default' } as Account;
const progress: WorkProgress = { begin() {}, advance() {}, end() {}, budget: null };

it('a command that is stopped while it looks whether the account is free takes back what it asked for', async ({
  onTestFinished,
}) => {
  const owner = await tryLockAccount(shared.url, account.name);
  const stop = new AbortController();
  const stopped = new Error('stopped');
  const database = await startForgetfulProxy(shared.url, (nth) => {
    if (nth === 2) stop.abort(stopped);
  });
  onTestFinished(async () => {
    await owner!.release();
    await database.close();
  });
  const work = performWork({
    ...{ account, log, progress, db: shared.db, databaseUrl: database.url, signal: stop.signal },
    ...{ settings: {} as Settings, kind: 'sync', arguments: {} },
  });
  await expect(work).rejects.toBe(stopped);
  expect(await query(shared.db, 'select cancel, state from sync.commands')).toEqual([
    { cancel: true, state: 'withdrawn' },
  ]);
});

it('the owner asks again whether to stop where it got no answer', async ({ onTestFinished }) => {
  const [tries, fail] = ['public.tries', 'public.fail'];
  await query(
    shared.db,
    `create sequence ${tries};
     create function ${fail}() returns trigger language plpgsql as $$
     begin
       if nextval('${tries}') = 1 then raise exception 'once'; end if;
       return new;
     end $$;
     create trigger fail before update of progress on sync.commands
       for each row when (new.cancel) execute function ${fail}()`,
  );
  onTestFinished(async () => {
    await query(shared.db, `drop function ${fail} cascade; drop sequence ${tries}`);
  });
  const end = new AbortController();
  let begun = (_: AbortSignal) => {};
  const beginning = new Promise<AbortSignal>((resolve) => (begun = resolve));
  const owned = {
    ...{ account, db: shared.db, limiter: { stats: () => ({ used: 0, limit: 400, windowMs: 60_000 }) } },
    session(signal: AbortSignal) {
      begun(signal);
      throw new Error('nothing is done here');
    },
  } as unknown as OwnedAccount;
  const server = createCommandServer({
    ...{ owned, log, settings: {} as Settings, signal: end.signal },
    async around(_kind, _args, work) {
      const signal = await Promise.resolve()
        .then(work)
        .catch(() => beginning);
      const asked = signal as AbortSignal;
      await new Promise((resolve) => asked.addEventListener('abort', resolve));
      throw asked.reason;
    },
  });
  const id = await askCommand(shared.db, account.name, 'sync', {});
  server.wake();
  const signal = await beginning;
  await cancelCommand(shared.db, id);
  server.wake();
  await server.settle();
  expect(signal.aborted).toBe(true);
  expect(await query(shared.db, 'select state, result from sync.commands where id = $1', [id])).toMatchObject(
    [{ state: 'done', result: { refused: { code: 'ABORTED' } } }],
  );
});
