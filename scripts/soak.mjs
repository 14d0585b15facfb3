// `npm run test:soak -- [--quiet N] [--busy N] [what vitest takes]`: the suite again and again, without retries.
import { fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from './run-tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const self = fileURLToPath(import.meta.url);

/** Uses up a core, until the parent lets go of it or is gone, however that came about. */
function loop() {
  process.on('disconnect', () => process.exit());
  const turn = () => {
    const end = performance.now() + 20;
    while (performance.now() < end);
    setImmediate(turn);
  };
  turn();
}

async function soak(args) {
  const { quiet, busy, rest } = flags(args);
  const build = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
  if (build.status !== 0) process.exit(1);
  const loops = [];
  let failures = 0;
  try {
    for (let run = 1; run <= quiet + busy; run++) {
      if (run > quiet && loops.length === 0) loops.push(fork(self, ['loop']), fork(self, ['loop']));
      const result = await runTests({
        cwd: root,
        command: [
          process.execPath,
          join(root, 'node_modules', 'vitest', 'vitest.mjs'),
          'run',
          '--mode',
          'all',
          ...rest,
        ],
      });
      const { passed, failed, wall, user, system, status, output } = result;
      console.log(
        `run ${run} of ${quiet + busy} (${run > quiet ? 'two busy loops beside it' : 'quiet'}): ` +
          `${passed} passed, ${failed} failed, ${wall.toFixed(0)} s, ` +
          `${user.toFixed(0)} s user, ${system.toFixed(0)} s system`,
      );
      const found = [...result.failures];
      if (status !== 0 && failed === 0) {
        const error = output.trim().split('\n').slice(-12).join('\n');
        found.push({ file: `vitest ended with ${status}`, name: '', error });
      }
      for (const { file, name, error } of found) console.log(`  ${file} ${name}\n${firstLines(error)}`);
      failures += found.length;
    }
  } finally {
    for (const one of loops) one.disconnect();
  }
  process.exitCode = failures > 0 ? 1 : 0;
}

function flags(args) {
  const given = { quiet: 5, busy: 5, rest: [] };
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--(quiet|busy)(?:=(.*))?$/.exec(args[i]) ?? [];
    if (name === undefined) given.rest.push(args[i]);
    else given[name] = Number(value ?? args[++i]);
  }
  for (const name of ['quiet', 'busy']) {
    if (Number.isInteger(given[name]) && given[name] >= 0) continue;
    console.error(`--${name} takes a number of runs.`);
    process.exit(2);
  }
  return given;
}

function firstLines(error) {
  const lines = error.trim().split('\n');
  return lines
    .slice(0, 12)
    .map((line) => `    ${line}`)
    .join('\n');
}

if (process.argv[2] === 'loop' && process.send) loop();
else {
  await soak(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
