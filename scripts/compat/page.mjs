// docs/compatibility.md, from what was run last.
import { node, postgres, serverVersion } from './versions.mjs';

const columns = [
  ['backfill', '`backfill`'],
  ['run', '`run`'],
  ['tests', 'integration tests'],
  ['pgbouncer', 'PgBouncer'],
  ['tls', 'TLS'],
  ['owner', 'no `CREATEROLE`'],
  ['installed', 'another user'],
];

/** @param results by the key of `keyOf`: by check, `{ ok, text }` */
export function compatibilityPage(results) {
  const cell = (postgresVersion, nodeVersion, check) => {
    const result = results[keyOf(postgresVersion, nodeVersion)]?.[check];
    if (!result) return '';
    return result.ok ? result.text : `**${result.text}**`;
  };
  const pairs = Object.values(postgres).flatMap((one) => Object.values(node).map((other) => [one, other]));
  return `# Compatibility

Made by \`npm run compat\`. Each line is a pair of versions, each word the result of the last time it was run. An empty cell was not run.

${table(
  ['PostgreSQL', 'Node', ...columns.map(([, title]) => title)],
  pairs.map(([one, other]) => [
    serverVersion(one),
    other,
    ...columns.map(([check]) => cell(one, other, check)),
  ]),
)}

\`demo\` brings its own PostgreSQL:

${table(
  ['PostgreSQL', 'Node', '`demo`'],
  Object.values(node).map((other) => [serverVersion(postgres[18]), other, cell(postgres[18], other, 'demo')]),
)}

All but the integration tests use the packed tarball, installed into a folder that can only be read, and an emulated account with 120 interviews.
A warning that Node or a package prints counts as a failure.

| column | what was run |
|---|---|
| \`backfill\` | \`migrate\` on an empty database, \`backfill\`, \`sync\` with a job of the ATS, \`doctor\`. The login owns the database and has \`CREATEROLE\` |
| \`run\` | the service on an empty database: webhooks are registered and come in, a job of the ATS goes out, \`/healthz\`, \`/readyz\`, \`/metrics\` and the console answer, SIGTERM ends it with 0 |
| integration tests | \`test/integration\` of the checkout. Tests that start a PostgreSQL of their own use the embedded one. |
| PgBouncer | both, through PgBouncer in session mode (Debian's package). Transaction mode is refused: see [runbook.md](runbook.md) |
| TLS | both, with a certificate of a private authority (\`sslmode=verify-full&sslrootcert=…\`). Without the authority, and without TLS, the remedy is said |
| no \`CREATEROLE\` | both. Without the two roles \`migrate\` works and says which to make; once they are made, the next one gives them their rights |
| another user | both, and \`demo\`, as a user who owns nothing of the installation and has no home folder |

The machine: Linux on x64. macOS, Windows and arm64 were not tried.

\`\`\`sh
npm run compat                                # everything: it takes an hour or two
npm run compat -- --only backfill,run         # parts; --postgres 14,18 and --node 20 choose versions
npm run compat -- --only tests --postgres 14 --files test/integration/db/migrate   # some of the tests; not noted here
\`\`\`
`;
}

export const keyOf = (postgresVersion, nodeVersion) =>
  `PostgreSQL ${serverVersion(postgresVersion)}, Node ${nodeVersion}`;

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
