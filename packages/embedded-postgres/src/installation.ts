import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Binaries, binariesIn, findBinaries, noDatabaseRemedy } from './binaries.js';
import { removeIfPossible } from './cluster.js';
import { EmbeddedPostgresError } from './error.js';
import type { Files } from './files.js';
import { chooseIdentity, type Identity, type Installation, ownerFor, reachable } from './identity.js';

export interface Prepared extends Installation {
  dataDir: string;
  /** The directory elsewhere that binaries or data were moved to, if they are out of reach where they belong. */
  place: string | undefined;
}

/**
 * Settles as whom PostgreSQL runs and where its binaries and data are.
 * @param recordedPlace `Settings.place` of an earlier start
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_UNAVAILABLE, EMBEDDED_POSTGRES_FAILED
 */
export function prepareInstallation(files: Files, recordedPlace: string | undefined): Prepared {
  const home = realpathSync(files.home);
  const binaries = findBinaries(join(home, 'lib'));
  const place = recordedPlace !== undefined && isOurs(recordedPlace) ? recordedPlace : undefined;
  const moved = place === undefined ? undefined : join(place, 'data');
  const dataDir = moved !== undefined && existsSync(moved) ? moved : join(home, 'data');
  const identity = identityFor(binaries, dataDir);
  if (identity) return { binaries, identity, dataDir, place };
  return moveWithinReach(binaries, dataDir, place);
}

function identityFor(binaries: Binaries, dataDir: string): Identity | undefined {
  const data = statSync(dataDir, { throwIfNoEntry: false });
  const own = process.getuid?.();
  if (data && own !== undefined && own !== 0 && data.uid !== own) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `The data of the embedded PostgreSQL in ${dataDir} belong to another user (uid ${data.uid}).`,
      { remedy: 'Run the program as that user (or as root), or start in another directory.' },
    );
  }
  return chooseIdentity({ binaries, dataDir, dataOwner: data });
}

/** For root without the means to let an unprivileged user in: what it cannot reach goes where it can. */
function moveWithinReach(binaries: Binaries, dataDir: string, recorded: string | undefined): Prepared {
  const owner = ownerFor(statSync(dataDir, { throwIfNoEntry: false }));
  const dataOut = !reachable(dirname(dataDir), owner);
  if (dataOut && existsSync(dataDir)) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `The data of the embedded PostgreSQL in ${dataDir} are in a directory that only root may enter, and PostgreSQL refuses to run as root.`,
      {
        remedy: `Let others pass the directories above it (chmod o+x), or install setpriv (util-linux). ${noDatabaseRemedy}`,
      },
    );
  }
  // Not os.tmpdir() where it can be helped: that may be emptied at a restart.
  const base = ['/var/tmp', tmpdir()].find((path) => existsSync(path) && reachable(path, owner));
  if (!base) throw unreachableError();
  const place = recorded ?? mkdtempSync(join(base, 'sparkhire-sync-'));
  try {
    chmodSync(place, 0o711);
    let usable = binaries;
    if (binaries.linkDir !== undefined || !reachable(binaries.postgres, owner)) {
      const copy = join(place, 'native');
      rmSync(copy, { recursive: true, force: true });
      cpSync(binaries.root, copy, { recursive: true, verbatimSymlinks: true });
      usable = binariesIn(copy, join(place, 'lib'));
    }
    const moved = dataOut ? join(place, 'data') : dataDir;
    const identity = identityFor(usable, moved);
    if (!identity) throw unreachableError();
    return { binaries: usable, identity, dataDir: moved, place };
  } catch (error) {
    if (place !== recorded) removeIfPossible(place);
    throw error;
  }
}

function unreachableError(): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_UNAVAILABLE',
    'PostgreSQL refuses to run as root, and an unprivileged user cannot reach its files here.',
    { remedy: `Run the program as a user other than root. ${noDatabaseRemedy}` },
  );
}

/** A directory of ours: in a place where everybody can write, the name alone says nothing. */
function isOurs(place: string): boolean {
  const stat = lstatSync(place, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.();
}
