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
import { type Binaries, noDatabaseRemedy } from './binaries.js';
import { EmbeddedPostgresError } from './error.js';

/** A way to start programs as somebody. */
export interface Identity {
  /** undefined: as ourselves. */
  owner: { uid: number; gid: number } | undefined;
  /** Capability that lets the owner pass directories that are closed to it. */
  capability: string | undefined;
  /** Whether the operating system ends the program when its parent dies. */
  endsWithParent: boolean;
}

/** PostgreSQL, ready to be run. */
export interface Installation {
  binaries: Binaries;
  identity: Identity;
}

/** Starts a program under an identity, with a small environment: no setting of the caller reaches PostgreSQL. */
export function spawnAs(
  { identity, binaries }: Installation,
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'stdio'>,
): ChildProcess {
  const [file, ...rest] = commandLine(identity, [program, ...args]);
  return spawn(file!, rest, { ...options, ...startOptions(identity, binaries) });
}

function startOptions(identity: Identity, { linkDir, root }: Binaries): SpawnOptions {
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env.PATH };
  if (linkDir !== undefined) {
    // A library that is found by its link looks for others beside the link.
    env.LD_LIBRARY_PATH = env.DYLD_LIBRARY_PATH = [linkDir, join(root, 'lib')].join(':');
  }
  // Windows programs do not start without it.
  if (process.env.SystemRoot) env.SystemRoot = process.env.SystemRoot;
  // setpriv changes the user itself.
  return { ...(usesSetpriv(identity) ? {} : identity.owner), cwd: '/', env, windowsHide: true };
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

export interface IdentityNeeds {
  binaries: Binaries;
  dataDir: string;
  /** Who the data belongs to already, if there is any. */
  dataOwner: { uid: number; gid: number } | undefined;
}

/**
 * Chooses an identity that can run the binaries and reach the data, trying the least privilege first.
 * @returns undefined when an unprivileged user cannot reach them and no capability can be granted
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_UNAVAILABLE when the binaries do not run at all
 */
export function chooseIdentity({ binaries, dataDir, dataOwner }: IdentityNeeds): Identity | undefined {
  const owner = process.getuid?.() === 0 ? ownerFor(dataOwner) : undefined;
  const closed =
    owner !== undefined && [binaries.root, dirname(dataDir)].some((path) => !reachable(path, owner));
  const candidates: Identity[] = [];
  for (const capability of closed ? ['dac_read_search', 'dac_override'] : [undefined]) {
    candidates.push({ owner, capability, endsWithParent: true });
  }
  if (!closed) candidates.push({ owner, capability: undefined, endsWithParent: false });

  let problem: string | undefined;
  for (const identity of candidates) {
    if (usesSetpriv(identity) && process.platform !== 'linux') continue;
    problem = probe(identity, binaries);
    if (problem === undefined) return identity;
  }
  if (closed) return undefined;
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_UNAVAILABLE',
    `The embedded PostgreSQL does not run on this machine: ${problem}`,
    { remedy: noDatabaseRemedy },
  );
}

/** Why the binaries do not run, or undefined. */
function probe(identity: Identity, binaries: Binaries): string | undefined {
  const [file, ...rest] = commandLine(identity, [binaries.postgres, '--version']);
  const options = { ...startOptions(identity, binaries), encoding: 'utf8', timeout: 20_000 } as const;
  const result = spawnSync(file!, rest, options);
  if (result.error) return result.error.message;
  if (result.status === 0) return undefined;
  return result.stderr.trim() || `postgres ended with ${result.signal ?? `status ${result.status}`}`;
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

/** Whom root hands PostgreSQL to: who has the data already, else an unprivileged user. */
export function ownerFor(dataOwner: { uid: number; gid: number } | undefined): { uid: number; gid: number } {
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
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_UNAVAILABLE',
    'PostgreSQL refuses to run as root, and /etc/passwd knows no unprivileged user to run it as.',
    { remedy: `Run the program as a user other than root. ${noDatabaseRemedy}` },
  );
}

/**
 * Gives a data directory with all it holds to the one PostgreSQL runs as, closed to everybody else: PostgreSQL
 * insists on both. A copy made by root (cp -r) belongs to root.
 */
export function giveTo({ owner }: Identity, directory: string): void {
  const { mode, uid } = statSync(directory);
  if ((mode & 0o777) !== 0o700) chmodSync(directory, 0o700);
  if (!owner || uid === owner.uid) return;
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(directory, entry), owner.uid, owner.gid);
  }
  // Last, so that an interrupted walk is repeated.
  lchownSync(directory, owner.uid, owner.gid);
}
