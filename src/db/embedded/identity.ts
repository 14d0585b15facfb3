/**
 * As whom PostgreSQL runs. It refuses to run as root, so root hands it to an unprivileged user that exists
 * anyway (nobody; none is created). Two things stand in that user's way:
 *
 *  - directories that only root may enter, such as /root. Linux can grant a process the one capability it needs
 *    to pass them (`setpriv`): CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE where a container has only that. With
 *    `no_setuid_fixup`, because access(2), which PostgreSQL asks, otherwise ignores capabilities.
 *  - where that is not possible (no setpriv, capabilities withheld, macOS), binaries and data move to a place
 *    everybody can reach: see installation.ts.
 *
 * `setpriv --pdeathsig` also ends the server with its parent; without it (macOS) the next start finds the
 * orphan and stops it.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { chmodSync, lchownSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SyncError } from '../../errors.js';
import { noDatabaseRemedy } from './binaries.js';

/** A way to start programs as somebody. */
export interface Identity {
  /** undefined: as ourselves. */
  owner: { uid: number; gid: number } | undefined;
  /** Capability that lets the owner pass directories that are closed to it. */
  capability: string | undefined;
  /** Whether the operating system ends the program when its parent dies. */
  endsWithParent: boolean;
}

/** Starts a program under an identity, with a small environment: no setting of the caller reaches PostgreSQL. */
export function spawnAs(
  identity: Identity,
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'stdio'>,
): ChildProcess {
  const [file, ...rest] = commandLine(identity, [program, ...args]);
  const owner = usesSetpriv(identity) ? undefined : identity.owner;
  return spawn(file!, rest, {
    ...options,
    ...owner,
    cwd: '/',
    env: postgresEnvironment(),
    windowsHide: true,
  });
}

function usesSetpriv(identity: Identity): boolean {
  return identity.endsWithParent || identity.capability !== undefined;
}

/** The argv that runs a command under an identity. */
export function commandLine(identity: Identity, command: readonly string[]): string[] {
  if (!usesSetpriv(identity)) return [...command];
  const flags = ['--pdeathsig=INT'];
  if (identity.owner) {
    const { uid, gid } = identity.owner;
    flags.push(`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups');
    if (identity.capability) {
      const only = `-all,+${identity.capability}`;
      flags.push(`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`);
      flags.push('--securebits=+no_setuid_fixup');
    }
  }
  return ['setpriv', ...flags, '--', ...command];
}

function postgresEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env.PATH };
  // Windows programs do not start without it.
  if (process.env.SystemRoot) env.SystemRoot = process.env.SystemRoot;
  return env;
}

export interface IdentityNeeds {
  /** A program that prints its version when called with --version. */
  program: string;
  /** Paths that PostgreSQL must be able to reach: its binaries, its data. */
  paths: readonly string[];
  /** Who the data belongs to already, if there is any. */
  dataOwner: { uid: number; gid: number } | undefined;
}

/**
 * Chooses an identity that can run `program` and reach `paths`, trying the least privilege first.
 * @returns undefined when an unprivileged user cannot reach the paths and no capability can be granted
 * @throws SyncError EMBEDDED_POSTGRES_UNAVAILABLE when the program does not run at all
 */
export function chooseIdentity(needs: IdentityNeeds): Identity | undefined {
  const owner = process.getuid?.() === 0 ? ownerFor(needs.dataOwner) : undefined;
  const closed = owner !== undefined && needs.paths.some((path) => !reachable(path, owner));
  const candidates: Identity[] = [];
  for (const capability of closed ? ['dac_read_search', 'dac_override'] : [undefined]) {
    candidates.push({ owner, capability, endsWithParent: true });
  }
  if (!closed) candidates.push({ owner, capability: undefined, endsWithParent: false });

  let problem: string | undefined;
  for (const identity of candidates) {
    if (usesSetpriv(identity) && process.platform !== 'linux') continue;
    problem = probe(identity, needs.program);
    if (problem === undefined) return identity;
  }
  if (closed) return undefined;
  throw new SyncError(
    'EMBEDDED_POSTGRES_UNAVAILABLE',
    `The embedded PostgreSQL does not run on this machine: ${problem}`,
    { remedy: noDatabaseRemedy },
  );
}

/** Why the program does not run, or undefined. */
function probe(identity: Identity, program: string): string | undefined {
  const [file, ...rest] = commandLine(identity, [program, '--version']);
  const owner = usesSetpriv(identity) ? undefined : identity.owner;
  const result = spawnSync(file!, rest, {
    ...owner,
    cwd: '/',
    env: postgresEnvironment(),
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (result.error) return result.error.message;
  if (result.status === 0) return undefined;
  return result.stderr.trim() || `${program} ended with ${result.signal ?? `status ${result.status}`}`;
}

/** Whether a user without privileges can enter every directory on the way to `path` (which need not exist yet). */
export function reachable(path: string, owner: { uid: number; gid: number }): boolean {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return reachable(dirname(path), owner);
  }
  for (let current = real; ; current = dirname(current)) {
    const stat = statSync(current);
    const shift = stat.uid === owner.uid ? 6 : stat.gid === owner.gid ? 3 : 0;
    if (((stat.mode >> shift) & 1) === 0) return false;
    if (current === dirname(current)) return true;
  }
}

function ownerFor(dataOwner: { uid: number; gid: number } | undefined): { uid: number; gid: number } {
  if (dataOwner && dataOwner.uid !== 0) return dataOwner;
  return unprivilegedUser(readAccounts());
}

function readAccounts(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

/**
 * The user that root hands PostgreSQL to: nobody, else another that every system has. It must be known to the
 * system, because initdb asks for its name; macOS gives nobody a negative number, which cannot be used.
 * @param passwd the contents of /etc/passwd
 */
export function unprivilegedUser(passwd: string): { uid: number; gid: number } {
  const users = passwd.split('\n').map((line) => {
    const [name, , uid, gid] = line.split(':');
    return { name, uid: Number(uid), gid: Number(gid) };
  });
  for (const wanted of ['nobody', 'daemon', 'bin']) {
    const found = users.find(({ name, uid, gid }) => name === wanted && uid > 0 && gid > 0);
    if (found) return { uid: found.uid, gid: found.gid };
  }
  throw new SyncError(
    'EMBEDDED_POSTGRES_UNAVAILABLE',
    'PostgreSQL refuses to run as root, and /etc/passwd knows no unprivileged user to run it as.',
    { remedy: `Run the program as a user other than root. ${noDatabaseRemedy}` },
  );
}

/** Gives a directory with all it holds to `owner`, closed to everybody else at the top. */
export function giveTo(identity: Identity, directory: string): void {
  chmodSync(directory, 0o700);
  if (!identity.owner) return;
  const { uid, gid } = identity.owner;
  if (statSync(directory).uid === uid) return;
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(directory, entry), uid, gid);
  }
  // Last, so that an interrupted walk is repeated.
  lchownSync(directory, uid, gid);
}
