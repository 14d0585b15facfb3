import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { audit } from '../../db/audit.js';
import { byThemselves } from '../../db/database.js';
import { messageOf, SyncError } from '../../errors.js';
import { exportForgotten, importForgotten, liftForgotten } from '../../forgotten/lists.js';
import { isPending } from '../../interview-status.js';
import { counted } from '../../status/render/words.js';
import { bareAddress, emailProblem } from '../../text/email-address.js';
import type { Erased } from '../../work/forget-work.js';
import { type AccountWork, workOnAccount } from '../account-work.js';
import { withCommonFlags } from '../common-flags.js';
import { chosenBy, forAccounts, printJson, printLines } from '../each-account.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { personOf, type ReasonFlag, withReason } from '../person.js';
import { type CommonOptions, settingsFor, withDatabase } from '../runtime.js';

interface ForgetFlags extends CommonOptions, ReasonFlag {
  lift?: boolean;
  export?: string;
  import?: string;
}

export function forgetCommand(invocation: Invocation): Command {
  return withReason(withCommonFlags(new Command('forget'), 'only from this account (default: all)'))
    .argument('[email]', 'the address of the candidate')
    .option('--lift', 'undo it: they may be invited and stored again')
    .option(
      '--export <file>',
      'write the list of who was erased (as hashes), to be kept outside of the database; - is stdout',
    )
    .option('--import <file>', 'after a backup was restored: erase again whoever is on the list; - is stdin')
    .action(async (email: string | undefined, flags: ForgetFlags) => {
      const wanted = [email, flags.export, flags.import].filter((one) => one !== undefined);
      if (wanted.length !== 1 || (flags.lift && email === undefined)) throw usage();
      if (flags.export !== undefined) await exportList(invocation, flags.export, flags);
      else if (flags.import !== undefined)
        invocation.exitCode = await importList(invocation, flags.import, flags);
      else if (flags.lift) await lift(invocation, address(email!), flags);
      else invocation.exitCode = await forget(invocation, address(email!), flags);
    });
}

function usage(): SyncError {
  return new SyncError('USAGE', 'Name one candidate, or a list to export or import.', {
    remedy:
      '`sparkhire-sync forget jane@example.org`; --lift takes it back; --export FILE or --import FILE stand alone.',
  });
}

function address(text: string): string {
  const email = bareAddress(text.trim());
  const problem = emailProblem(email);
  if (problem === null) return email;
  throw new SyncError('USAGE', `This is not an e-mail address: it ${problem}.`, {
    remedy: 'Name the candidate by the address they were invited with.',
  });
}

async function forget(invocation: Invocation, email: string, flags: ForgetFlags): Promise<number> {
  const chosen = chosenBy(invocation, flags);
  const results = await forAccounts(chosen, async (around) => {
    const [erased] = await eraseIn(around, { email, by: personOf(flags) });
    return erased!;
  });
  if (results.every(({ found, before }) => !found && before === null)) throw unknown(email, results);
  if (flags.json) {
    printJson(
      invocation,
      results.map((one, index) => ({ account: chosen.accounts[index]!.name, ok: !one.waits, ...json(one) })),
    );
  } else {
    printLines(
      invocation,
      chosen.accounts,
      results.map((one) => ({ lines: told(email, one) })),
    );
  }
  return results.some(({ waits }) => waits) ? exitCodes.waits : exitCodes.done;
}

async function eraseIn(
  around: AccountWork,
  wanted: { email?: string; by: ReturnType<typeof personOf> },
): Promise<Erased[]> {
  return (await workOnAccount('forget', wanted, around)).people;
}

function json({ found, before, waits, erased, inAts, inSparkHire, isUser }: Erased) {
  return { found, before, waits, erased, in_ats: inAts, in_sparkhire: inSparkHire, is_user: isUser };
}

function unknown(email: string, results: readonly Erased[]): SyncError {
  const isUser = results.some((one) => one.isUser);
  return new SyncError(
    'CANDIDATE_UNKNOWN',
    isUser
      ? `${email} is a user of Spark Hire and no candidate. Users are employees: they are not erased here.`
      : `No candidate has the address ${email}, and nobody with it was erased.`,
    {
      remedy: isUser
        ? 'Remove the user in Spark Hire and in your ATS.'
        : 'Check the spelling. Nothing was changed.',
    },
  );
}

function told(email: string, { found, before, waits, erased, inAts, inSparkHire, isUser }: Erased): string[] {
  if (!found && before === null) return [`Nothing of ${email} is here.`];
  if (waits) {
    return [
      `Not erased yet: a write to Spark Hire for ${email} is on its way, and its outcome is not known. Nobody invites them any more.`,
      '→ Look at `sparkhire-sync conflicts` for a question about it and answer that. Then run `forget` again.',
    ];
  }
  const pending = inSparkHire.filter(({ status }) => isPending(status)).length;
  const nothingLeft = before !== null && Object.keys(erased).length === 0;
  if (nothingLeft && inAts.length === 0) return [`Nothing was left: ${email} was erased on ${before}.`];
  return [
    nothingLeft
      ? `Nothing was left here: ${email} was erased on ${before}.`
      : `Erased: ${email}. They are not invited or stored again.`,
    ...Object.entries(erased).map(([table, rows]) => `  ${table}  ${counted(rows, 'row')}`),
    ...(isUser ? ['A user has this address, too. Users are employees: they were not erased.'] : []),
    '',
    'This program cannot reach:',
    ...(inSparkHire.length > 0
      ? [
          `  Spark Hire: ${counted(inSparkHire.length, 'interview')}${pending > 0 ? `, ${pending} of them pending: reminders may still go out` : ''}. Delete the candidate there.`,
        ]
      : ['  Spark Hire: delete the candidate there if they are in it.']),
    ...inAts.map(
      ({ table, ats_id: atsId }) =>
        `  Your ATS: row ${atsId} of ${table}. Delete it there, too; until then it is rejected.`,
    ),
    ...(inAts.length === 0 ? ['  Your ATS: delete the candidate there.'] : []),
    '  Backups, logs and copies that readers of the mirror made. After restoring a backup: `sparkhire-sync forget --import FILE`,',
    '  with the list that `sparkhire-sync forget --export FILE` wrote. Write it now.',
  ];
}

async function lift(invocation: Invocation, email: string, flags: ForgetFlags): Promise<void> {
  const chosen = chosenBy(invocation, flags);
  const results = await forAccounts(chosen, async ({ account, handle }) => {
    const hashes = await liftForgotten(handle.db, account.name, email);
    if (hashes > 0) {
      await audit(byThemselves(handle.db), personOf(flags), { account: account.name, what: 'forget --lift' });
    }
    return { ok: true, lifted: hashes > 0 };
  });
  if (results.every(({ lifted }) => !lifted)) {
    throw new SyncError('CANDIDATE_UNKNOWN', `Nobody with the address ${email} was erased.`, {
      remedy: 'Check the spelling. Nothing was changed.',
    });
  }
  const line = (lifted: boolean) =>
    lifted
      ? `${email} may be invited and stored again. Their data comes back from Spark Hire with the next full sweep.`
      : 'They were not erased here.';
  if (flags.json)
    printJson(
      invocation,
      results.map((one, index) => ({ account: chosen.accounts[index]!.name, ...one })),
    );
  else
    printLines(
      invocation,
      chosen.accounts,
      results.map(({ lifted }) => ({ lines: [line(lifted)] })),
    );
}

async function exportList(invocation: Invocation, file: string, flags: ForgetFlags): Promise<void> {
  const settings = settingsFor(invocation, flags, false);
  const list = await withDatabase(invocation, settings, ({ db }) => exportForgotten(db, flags.account));
  const text = `${JSON.stringify(list)}\n`;
  if (file === '-') {
    invocation.stdout.write(text);
    return;
  }
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new SyncError('USAGE', `${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
  const people = new Set(list.forgotten.map(({ person }) => person)).size;
  const answer = { ok: true, file, people, hashes: list.forgotten.length };
  invocation.stdout.write(
    flags.json
      ? `${JSON.stringify(answer)}\n`
      : `${counted(people, 'person', 'people')} written to ${file}, as ${counted(answer.hashes, 'hash', 'hashes')} with their key. Keep the file apart from backups, and secret: with it addresses can be tried.\n`,
  );
}

async function importList(invocation: Invocation, file: string, flags: ForgetFlags): Promise<number> {
  const text = await contentOf(invocation, file);
  const chosen = chosenBy(invocation, flags);
  const added = await withDatabase(invocation, chosen.settings, ({ db }) => importForgotten(db, text));
  const results = await forAccounts(chosen, (around) => eraseIn(around, { by: personOf(flags) }));
  const counts = results.map((people) => ({
    added,
    erased: people.filter(({ waits }) => !waits).length,
    waits: people.filter(({ waits }) => waits).length,
  }));
  if (flags.json) {
    printJson(
      invocation,
      counts.map((one, index) => ({ account: chosen.accounts[index]!.name, ok: one.waits === 0, ...one })),
    );
  } else {
    printLines(
      invocation,
      chosen.accounts,
      counts.map(({ erased, waits }) => ({
        lines: [
          `${added} of the hashes were not here. Erased again: ${counted(erased, 'person', 'people')}.`,
          ...(waits > 0
            ? [`${waits} wait for a write that is on its way: import the list again later.`]
            : []),
        ],
      })),
    );
  }
  return counts.some(({ waits }) => waits > 0) ? exitCodes.waits : exitCodes.done;
}

async function contentOf({ stdin }: Invocation, file: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8');
    const chunks: Buffer[] = [];
    for await (const chunk of stdin as AsyncIterable<Buffer>) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw new SyncError('USAGE', `${file} cannot be read: ${messageOf(error)}`, {
      remedy: 'Name the file that `sparkhire-sync forget --export` wrote, or - for stdin.',
      cause: error,
    });
  }
}
