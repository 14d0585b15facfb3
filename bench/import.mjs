// What `import` takes for a large file: rows that are new, the same again, all changed; beside another commit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { besides, measured, ratio, serverCpuMs } from './beside.mjs';
import { median, printTable, whole } from './figures.mjs';

const phases = ['new', 'unchanged', 'changed'];

async function importing({ quick, server, commit }) {
  const rows = quick ? 10_000 : 100_000;
  const rounds = quick ? 3 : 5;
  const other = besides(commit);
  const folder = mkdtempSync(join(tmpdir(), 'sparkhire-bench-import-'));
  try {
    const files = Object.fromEntries(phases.map((phase) => [phase, join(folder, `${phase}.csv`)]));
    writeFileSync(files.new, csv(rows, 'Europe/Oslo'));
    writeFileSync(files.unchanged, csv(rows, 'Europe/Oslo'));
    writeFileSync(files.changed, csv(rows, 'Europe/Vienna'));
    const sides = [];
    for (const { of, file } of other.programs) {
      const url = await server.create({ migrated: false });
      const env = { DATABASE_URL: url };
      measured([file, 'migrate'], env, folder);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      sides.push({ of, file, env, client, runs: Object.fromEntries(phases.map((phase) => [phase, []])) });
    }
    for (let round = 0; round < rounds; round++) {
      // Nobody is always the first.
      const turns = round % 2 === 0 ? sides : [...sides].reverse();
      for (const { client } of turns) {
        await client.query('truncate ats.interviews, sync.desired_queue');
        await client.query('checkpoint');
      }
      for (const phase of phases) {
        for (const { file, env, client, runs } of turns) {
          const before = await serverCpuMs(client);
          const run = measured([file, 'import', 'interviews', files[phase]], env, folder);
          const after = await serverCpuMs(client);
          runs[phase].push({ ...run, serverMs: after === null ? null : after - before });
        }
      }
    }
    for (const { client } of sides) await client.end();
    const of = (side, phase, name) => median(side.runs[phase].map((run) => run[name]));
    const results = phases.map((phase) => ({
      phase,
      sides: sides.map((side) => ({
        of: side.of,
        ...Object.fromEntries(['wallMs', 'cpuMs', 'serverMs'].map((name) => [name, of(side, phase, name)])),
      })),
    }));
    console.log(
      `\nImport of ${whole(rows)} interviews: medians of ${rounds} runs in turn, CPU is user and system`,
    );
    printTable(
      ['', 'of', 'rows/s', 'wall ms', 'CPU ms', "PostgreSQL's CPU ms", 'ratios: wall', 'CPU', 'PostgreSQL'],
      results.flatMap(({ phase, sides: [first, second] }) =>
        [first, second]
          .filter(Boolean)
          .map((side) => [
            ...[phase, side.of, whole(rows / (side.wallMs / 1000))],
            ...[side.wallMs, side.cpuMs, side.serverMs].map(whole),
            ...['wallMs', 'cpuMs', 'serverMs'].map((name) =>
              side === second ? ratio(side[name], first[name]) : '',
            ),
          ]),
      ),
    );
    return { rows, rounds, commit: other.commit, results };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    other.remove();
  }
}

export { importing as import };

function csv(rows, timezone) {
  const lines = [
    'ats_id,job_ats_id,candidate_name,candidate_email,type,questions,deadline_at,timezone,email_message,priority',
  ];
  for (let n = 0; n < rows; n++) {
    const questions = '"[{""text"":""Hvorfor brød, og hvorfor her?"",""time_limit"":60,""takes"":1}]"';
    lines.push(
      `I-${n},J-${n % 500},"Kari Nordmann ${n}",candidate${n}@example.org,one_way,${questions},2031-05-01T12:00:00Z,${timezone},"Hei, vi gleder oss!",${n % 3}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
