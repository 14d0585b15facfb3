/** The demo that stays up: the service goes on, and its console shows what waits for a person. */
import { randomBytes } from 'node:crypto';
import type { Emulator } from '#emulators/emulator/index';
import type { Settings } from '../../config.js';
import { openlyReachable } from '../../console/index.js';
import { query } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import { type AccountWork, workOnAccount } from '../account-work.js';
import { commandLog } from '../report/command-log.js';
import { serve } from '../run/run.js';
import type { Say } from './demo-ats.js';

export async function stayUp(where: AccountWork, emulator: Emulator, say: Say): Promise<void> {
  const { invocation, settings, account, handle } = where;
  await somethingToDecide(where, emulator);
  const { host } = settings.http;
  const { adminToken, viewerToken } = settings.secrets;
  // Nobody but this machine's users reaches it: they need no token of their own.
  const isOurs =
    adminToken === undefined && viewerToken === undefined && openlyReachable(host, null) === null;
  const token = isOurs ? randomBytes(18).toString('base64url') : adminToken;
  const serving: Settings = {
    ...settings,
    database: { ...settings.database, url: handle.url },
    secrets: { ...settings.secrets, adminToken: token },
  };
  const log = await commandLog(invocation, serving);
  const signal = invocation.stopSignal();
  const start = (port: number) =>
    serve({
      settings: { ...serving, http: { ...serving.http, port } },
      accounts: [account],
      log,
      signal,
      onListening(address) {
        say(
          '7. The service continues. Its console shows all of this, and a few decisions that wait for you:',
        );
        say();
        if (isOurs) say(`   ${address}/#token=${token}`);
        else
          say(
            `   ${address}/${token === undefined && viewerToken === undefined ? '' : ' (sign in with your token)'}`,
          );
        say();
        say('   Ctrl-C ends the demo.');
      },
    });
  try {
    await start(serving.http.port);
  } catch (error) {
    const isTaken = error instanceof SyncError && error.code === 'HTTP_UNAVAILABLE';
    if (!isTaken || invocation.env.SYNC_HTTP_PORT !== undefined) throw error;
    await start(0);
  }
}

const people = [
  'Aino Virtanen',
  'Björn Åkesson',
  'Chidi Okafor',
  'Dara Sok',
  'Elif Demir',
  'Farid Haddad',
  'Grace Mwangi',
  'Hiro Tanaka',
  'Inês Duarte',
  'Jamal Carter',
  'Katja Novak',
  'Liam O’Brien',
  'Maya Patel',
  'Noor Rahman',
];

/** What only a person can say: two edits of one title, and a dozen invitations taken back at once. */
async function somethingToDecide(where: AccountWork, emulator: Emulator): Promise<void> {
  const { db } = where.handle;
  const { name } = where.account;
  for (const [index, person] of people.entries()) await invite(where, `I-${index + 11}`, person);
  await workOnAccount('sync', {}, where);
  await query(db, `update ats.jobs set title = 'Librarian (Tromsø)' where account = $1 and ats_id = 'J-1'`, [
    name,
  ]);
  await query(db, `update ats.interviews set desired = 'canceled' where account = $1 and ats_id = any($2)`, [
    name,
    Array.from({ length: 12 }, (_, n) => `I-${n + 11}`),
  ]);
  await invite(where, 'I-30', 'Olga Petrova');
  const [job] = await query<{ uuid: string }>(
    db,
    `select uuid::text from sync.links where account = $1 and resource = 'jobs' and ats_id = 'J-1'`,
    [name],
  );
  if (job !== undefined) emulator.act.editJob(job.uuid, { title: 'Head librarian, Tromsø' });
  await workOnAccount('sync', {}, where);
}

async function invite({ account, handle }: AccountWork, row: string, person: string): Promise<void> {
  const plain = person
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[^a-z ]/g, '');
  await query(
    handle.db,
    `insert into ats.interviews (account, ats_id, job_ats_id, candidate_name, candidate_email, type, questions, deadline_at)
     values ($1, $2, 'J-1', $3, $4, 'one_way', $5, now() + interval '10 days')`,
    [
      account.name,
      row,
      person,
      `${plain.replaceAll(' ', '.')}@example.com`,
      JSON.stringify([{ text: 'Which book would you save?', time_limit: 60, takes: 3 }]),
    ],
  );
}
