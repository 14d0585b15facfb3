// Another commit of this project, built, to be measured beside this one.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Checks the commit out into a folder of its own, with the packages of its lock file, which builds it.
 * @returns `folder`, `commit` (abbreviated), and `remove()`
 */
export function checkOut(revision) {
  const commit = run('git', ['rev-parse', '--short', `${revision}^{commit}`], root).trim();
  const parent = mkdtempSync(join(tmpdir(), 'sparkhire-bench-commit-'));
  // PostgreSQL may run as another user, who has to get to its files.
  chmodSync(parent, 0o711);
  const folder = join(parent, commit);
  const remove = () => {
    run('git', ['worktree', 'remove', '--force', folder], root);
    rmSync(parent, { recursive: true, force: true });
  };
  run('git', ['worktree', 'add', '--detach', folder, commit], root);
  try {
    run('npm', ['ci', '--no-audit', '--no-fund'], folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, commit, remove };
}

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}
