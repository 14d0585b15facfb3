import { Command } from 'commander';
import type { Account } from '../../config.js';
import {
  type EncryptionKeys,
  encryptionKeys,
  requireCurrent,
  seal,
  unreadableRemedy,
} from '../../encryption.js';
import { SyncError } from '../../errors.js';
import {
  foldedEmail,
  forgetKeys,
  listKeys,
  removeUnverified,
  rotateKeys,
  type StoredKey,
  storeUnverified,
} from '../../keys/store.js';
import { type Column, table } from '../../status/render/table.js';
import type { KeysResult } from '../../work/work.js';
import { type AccountWork, workOnAccount } from '../account-work.js';
import { withCommonFlags } from '../common-flags.js';
import { chosenBy, forAccounts, printJson, printLines } from '../each-account.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { personOf, type ReasonFlag, withReason } from '../person.js';
import { describeError } from '../report/report.js';
import { widthOf } from '../report/terminal.js';
import type { CommonOptions } from '../runtime.js';
import { readSecret } from '../secret-input.js';

export function keysCommand(invocation: Invocation): Command {
  const command = new Command('keys').description(
    "store the users' own API keys, encrypted; a row is written with the key of the user it names",
  );
  const add = (name: string, description: string) => {
    const added = withCommonFlags(new Command(name)).description(description);
    command.addCommand(added);
    return added;
  };
  const addChange = (name: string, description: string) => withReason(add(name, description));
  add('list', 'list whose keys are stored, and whether they can be used; never a key').action(
    async (flags) => {
      invocation.exitCode = await eachAccountOf(invocation, flags, list);
    },
  );
  addChange('set', 'store the key of a user: asked for on a terminal, or read from standard input')
    .argument('<email>', 'the user; the key must be their own')
    .allowExcessArguments()
    .action(async (email: string, flags, command: Command) => {
      if (command.args.length > 1) throw neverAnArgument();
      invocation.exitCode = await set(invocation, address(email), flags);
    });
  addChange('provision', "read or make users' keys with the administrator's key (needs a custom integration)")
    .argument('[emails...]', 'these users (default: those that rows of ats.users stand for)')
    .action(async (emails: string[], flags) => {
      const wanted = emails.map(address);
      invocation.exitCode = await eachAccountOf(invocation, flags, (context) =>
        provision(context, wanted, flags),
      );
    });
  addChange('rotate', 'encrypt every stored key again with the current SYNC_ENCRYPTION_KEY').action(
    async (flags) => {
      invocation.exitCode = await eachAccountOf(invocation, flags, (context) => rotate(context, flags));
    },
  );
  addChange('forget', 'remove the stored key of a user; it stays in Spark Hire')
    .argument('<email>', 'the user')
    .action(async (email: string, flags) => {
      invocation.exitCode = await forget(invocation, address(email), flags);
    });
  return command;
}

interface Context extends AccountWork {
  encryption: EncryptionKeys;
}

interface Told {
  ok: boolean;
  json: Record<string, unknown>;
  lines: string[];
}

async function eachAccountOf(
  invocation: Invocation,
  flags: CommonOptions,
  work: (context: Context) => Promise<Told>,
  check: (told: readonly Told[]) => void = () => {},
): Promise<number> {
  const chosen = chosenBy(invocation, flags);
  const { settings, accounts } = chosen;
  const told = await forAccounts(chosen, (around) => {
    const doing = work({ ...around, encryption: encryptionKeys(settings.secrets) });
    // What one account may not do, the others may.
    return accounts.length === 1
      ? doing
      : doing.catch((error: unknown) => failed(error, invocation.stopSignal()));
  });
  check(told);
  return show(invocation, flags, accounts, told);
}

function failed(error: unknown, signal: AbortSignal): Told {
  signal.throwIfAborted();
  if (!(error instanceof SyncError) || error.code === 'ENCRYPTION_KEY_MISSING') throw error;
  const { code, message, remedy } = error;
  return { ok: false, json: { error: { code, message, remedy } }, lines: [describeError(error)] };
}

function show(
  invocation: Invocation,
  flags: CommonOptions,
  accounts: readonly Account[],
  told: readonly Told[],
): number {
  if (flags.json) {
    printJson(
      invocation,
      told.map(({ ok, json }, index) => ({ account: accounts[index]!.name, ok, ...json })),
    );
  } else {
    printLines(invocation, accounts, told);
  }
  return told.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed;
}

async function list({ invocation, account, encryption, handle }: Context): Promise<Told> {
  const keys = (await listKeys(handle.db, account.name)).filter(({ state }) => state !== 'unverified');
  const rows = keys.map((key) => ({
    ...key,
    readable: key.keyId !== null && encryption.byId.has(key.keyId),
  }));
  return {
    ok: true,
    json: {
      keys: rows.map((key) => ({
        email: key.email,
        user_uuid: key.userUuid,
        state: key.state,
        source: key.source,
        key_id: key.keyId,
        readable: key.readable,
        refused_at: key.refusedAt,
        user_state: key.userState,
        user_now: key.userNow,
        last_used_at: key.lastUsedAt,
        created_at: key.createdAt,
      })),
    },
    lines:
      rows.length === 0
        ? ['No key of a user is stored.']
        : table(keyColumns, rows.map(cells), { width: widthOf(invocation.stdout), titles: false }),
  };
}

const keyColumns: Column[] = [
  { title: 'E-mail' },
  { title: 'State', wraps: true },
  { title: 'From', wraps: true },
  { title: 'Last used', wraps: true },
];

function cells(key: StoredKey & { readable: boolean }): string[] {
  const day = (at: Date | null) => (at === null ? 'never' : at.toISOString().replace(/\.\d+Z$/, 'Z'));
  const states = {
    unverified: 'not proven yet',
    usable: 'usable',
    refused: `refused ${day(key.refusedAt)}${key.userState === null ? '' : `, the user was ${key.userState}`}`,
    unavailable: `none could be made ${day(key.refusedAt)}`,
  };
  const now = {
    active: null,
    inactive: 'not used: the user is disabled',
    gone: 'not used: the user is gone',
  };
  const why =
    key.keyId !== null && !key.readable
      ? `cannot be read: needs encryption key ${key.keyId}`
      : now[key.userNow ?? 'active'];
  // Whatever else is to be said of it, one that is not used is not usable.
  const said = [key.state === 'usable' && why !== null ? null : states[key.state], why];
  const words = said.filter((part) => part !== null).join('; ');
  return [key.email, words, key.source, `last used: ${day(key.lastUsedAt)}`];
}

async function set(
  invocation: Invocation,
  email: string,
  flags: CommonOptions & ReasonFlag,
): Promise<number> {
  const chosen = chosenBy(invocation, flags);
  const { settings, accounts } = chosen;
  if (accounts.length > 1) {
    throw new SyncError('USAGE', 'There are several accounts: a key belongs to one of them.', {
      remedy: `Name it: --account ${accounts.map(({ name }) => name).join(' or --account ')}.`,
    });
  }
  const encryption = encryptionKeys(settings.secrets);
  requireCurrent(encryption);
  const secret = await readSecret(invocation.stdin, invocation.stderr, `API key of ${email}`);
  const told = await forAccounts(chosen, async (around): Promise<Told> => {
    const { account, handle } = around;
    // Whoever owns the account proves it: until then it is stored as everything is, encrypted.
    const sealed = seal(encryption, secret, { account: account.name, user: { email } });
    const id = await storeUnverified(handle.db, account.name, email, sealed);
    try {
      const wanted = { action: 'prove', id, by: personOf(flags) } as const;
      const { keys, lines } = await workOnAccount('keys', wanted, around);
      return { ok: true, json: { email, user_uuid: keys[0]!.user_uuid, state: 'usable' }, lines };
    } finally {
      await removeUnverified(handle.db, id);
    }
  });
  return show(invocation, flags, accounts, told);
}

async function provision(context: Context, emails: string[], flags: ReasonFlag): Promise<Told> {
  requireCurrent(context.encryption);
  const wanted = { action: 'provision', emails, by: personOf(flags) } as const;
  const result: KeysResult = await workOnAccount('keys', wanted, context);
  return { ok: result.ok, json: { keys: result.keys }, lines: result.lines };
}

async function rotate({ account, encryption, handle }: Context, flags: ReasonFlag): Promise<Told> {
  const by = personOf(flags);
  const { rotated, current, unreadable } = await rotateKeys(handle.db, account.name, encryption, by);
  return {
    ok: unreadable.length === 0,
    json: {
      rotated,
      current,
      unreadable: unreadable.map(({ email, keyId }) => ({ email, key_id: keyId })),
      ...(unreadable.length === 0
        ? {}
        : {
            error: {
              code: 'USER_KEY_UNREADABLE',
              message: `${unreadable.length} stored keys cannot be read.`,
              remedy: unreadableRemedy,
            },
          }),
    },
    lines: [
      `${rotated} encrypted again, ${current} were encrypted with the current key already.`,
      ...unreadable.map(
        ({ email, keyId }) => `USER_KEY_UNREADABLE: that of ${email}, encrypted with ${keyId}.`,
      ),
      ...(unreadable.length === 0 ? [] : [`→ ${unreadableRemedy}`]),
    ],
  };
}

async function forget(
  invocation: Invocation,
  email: string,
  flags: CommonOptions & ReasonFlag,
): Promise<number> {
  let removed = 0;
  return eachAccountOf(
    invocation,
    flags,
    async ({ account, handle }) => {
      const keys = await forgetKeys(handle.db, account.name, email, personOf(flags));
      removed += keys;
      const lines =
        keys === 0
          ? [`No key of ${email} is stored.`]
          : [
              `Forgotten: the stored key of ${email}. It stays in Spark Hire until somebody removes it there.`,
            ];
      return { ok: true, json: { email, removed: keys }, lines };
    },
    () => {
      if (removed > 0) return;
      throw new SyncError('USER_KEY_UNKNOWN', `No key of ${email} is stored.`, {
        remedy: '`sparkhire-sync keys list` shows whose keys are.',
      });
    },
  );
}

function neverAnArgument(): SyncError {
  return new SyncError('USAGE', 'A key is never given on the command line: others can read it there.', {
    remedy:
      'Remove it from your shell history. If it was a key, make another one in Spark Hire. Give the key when you are asked, or on standard input.',
  });
}

function address(text: string): string {
  const email = foldedEmail(text);
  if (/^[^\s@]+@[^\s@]+$/.test(email)) return email;
  throw new SyncError('USAGE', 'This is not an e-mail address.', {
    remedy: 'Name the user by the address they have in Spark Hire; a key is never given on the command line.',
  });
}
