/** The demo's connected ATS: somebody moves to a stage in an emulated Greenhouse, and the result stands there in the end. */
import { startGreenhouseEmulator } from '#emulators/ats-emulator/greenhouse/index';
import type { Emulator } from '#emulators/emulator/index';
import { greenhouseSchema } from '../../connectors/greenhouse/settings.js';
import type { AtsSettings } from '../../connectors/settings.js';
import { packagesSchema } from '../../connectors/settings-of-each.js';
import { query } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import { type AccountWork, workOnAccount } from '../account-work.js';
import type { Say } from './demo-ats.js';

export type Greenhouse = Awaited<ReturnType<typeof startGreenhouseEmulator>>;

const stage = 'Video interview';

/** @param greenhouse to be closed by whoever started it @returns the account and the settings with it */
export async function greenhouseRound(
  where: AccountWork,
  emulator: Emulator,
  greenhouse: Greenhouse,
  say: Say,
): Promise<Pick<AccountWork, 'account' | 'settings'>> {
  const joined = connected(where, greenhouse);
  await round({ ...where, ...joined }, emulator, greenhouse, say);
  return joined;
}

export function startGreenhouse(): Promise<Greenhouse> {
  return startGreenhouseEmulator({ jobs: 2, candidates: 12, seed: 2024 });
}

/** As the settings `ats` and `packages` of the account would have it. */
function connected(
  { account, settings }: AccountWork,
  greenhouse: Greenhouse,
): Pick<AccountWork, 'account' | 'settings'> {
  const {
    webhookSecretEnv: _,
    webhookSecretFile: __,
    ...read
  } = greenhouseSchema.parse({
    kind: 'greenhouse',
    baseUrl: greenhouse.url,
    tokenUrl: greenhouse.tokenUrl,
    // What the emulator answers is never behind.
    lagSeconds: 0,
    triggers: [{ stage, package: 'standard' }],
  });
  const ats: AtsSettings = {
    ...read,
    baseUrl: greenhouse.url,
    tokenUrl: greenhouse.tokenUrl,
    clientId: greenhouse.clientId,
    clientSecret: greenhouse.clientSecret,
    webhookSecret: null,
    packages: packagesSchema.parse([
      {
        name: 'standard',
        deadline_days: 7,
        questions: [{ text: 'Why would you like to work here?', time_limit: 60, takes: 3 }],
      },
    ]),
  };
  // Recruiters have no keys of their own here: the administrator invites for them.
  const keys = {
    ...settings.policies.keys,
    provision: 'never' as const,
    missing: 'administrator' as const,
  };
  return {
    account: { ...account, ats },
    settings: { ...settings, policies: { ...settings.policies, keys } },
  };
}

async function round(
  where: AccountWork,
  emulator: Emulator,
  greenhouse: Greenhouse,
  say: Say,
): Promise<void> {
  const sync = async () => {
    const result = await workOnAccount('sync', {}, where);
    where.invocation.stopSignal().throwIfAborted();
    if (result.error) throw failed(result.error.message);
    return result;
  };
  const { act, state } = greenhouse;
  say(`   Greenhouse (emulated)  ${greenhouse.url}`);
  say(`   Whoever enters the stage "${stage}" there is invited. The first reading:`);
  const first = await sync();
  const standing = first.ats?.skipped ?? 0;
  say(
    `   - ${standing} ${standing === 1 ? 'person stands' : 'people stand'} in it already: nobody is invited unless asked for (ats.from)`,
  );
  say();

  const applied = act.apply({
    first_name: 'Mia',
    last_name: 'Huber',
    email_addresses: [{ value: 'mia.huber@example.com', type: 'personal' }],
  });
  const candidate = state.candidates.one(applied.candidate_id);
  const name = `${candidate.first_name} ${candidate.last_name}`;
  const job = state.jobs.one(applied.job_id!).name;
  act.moveToStage({ application_id: applied.id, stage });
  const moved = performance.now();
  say(`   ${name}, who applied for "${job}", is moved to "${stage}":`);
  const mails = emulator.outbox.length;
  await sync();
  const seconds = ((performance.now() - moved) / 1000).toFixed(1);
  for (const mail of emulator.outbox.slice(mails).filter(({ kind }) => kind === 'interview_invitation'))
    say(`   - e-mail of Spark Hire to ${mail.to}: ${mail.subject} (${seconds} s later)`);

  const [row] = await query<{ uuid: string }>(
    where.handle.db,
    `select s.sparkhire_uuid::text as uuid from ats.interview_sync s join ats.interviews a using (account, ats_id)
     where s.account = $1 and a.source = 'greenhouse' and s.sparkhire_uuid is not null`,
    [where.account.name],
  );
  if (row === undefined) throw failed('nobody was invited because of the stage in Greenhouse');
  emulator.act.acceptInterview(row.uuid);
  emulator.act.completeInterview(row.uuid, { rating: 4.5 });
  say(`   - ${candidate.first_name} completes the interview, and somebody rates it 4.5`);
  await sync();
  say();
  say(`   On ${name} in Greenhouse there is now, for everybody who sees the candidate:`);
  for (const note of state.notes.values()) {
    if (note.application_id !== applied.id) continue;
    say();
    for (const line of (note.body ?? '').split('\n')) say(`   | ${line}`);
  }
  say();
}

function failed(message: string): SyncError {
  return new SyncError('INTERNAL', `The demo's round with Greenhouse failed: ${message}`, {
    remedy: 'Delete the folder .data and run the demo again.',
  });
}
