// Writes docs/errors.md from the list of codes in the built program: `node scripts/build.mjs && node scripts/errors-doc.mjs`.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What usually helps. The remedy that comes with an error knows more of its cause. */
const remedies = {
  SETTINGS_INVALID: 'Correct what the message lists; `config/default.yaml` explains every setting.',
  USAGE: 'See `sparkhire-sync --help`, or `--help` of the command.',
  ACCOUNT_UNKNOWN: 'Use one of the names the message lists, or add the account to the settings.',
  KEY_REFUSED: 'Check the key; keys stop working when their user is disabled.',
  KEY_OF_JOB_SEEKER: 'Use the key of a company user, an administrator.',
  FORBIDDEN: 'Use the key of a user who may do this, usually an administrator.',
  PAYMENT_REQUIRED: 'Look at the plan in Spark Hire; nothing is bought by itself.',
  NOT_FOUND: 'Check the uuid, and what the user of the key may see.',
  METHOD_NOT_ALLOWED: 'Check `SPARKHIRE_BASE_URL`.',
  REQUEST_REFUSED: 'Read the reason of Spark Hire in the message; the same content is refused again.',
  INPUT_INVALID: 'Correct the fields that the message names.',
  RATE_LIMITED: 'Lower `SPARKHIRE_RATE_LIMIT` if other programs use the same account.',
  REMOTE_FAILED: 'Run it again later: it goes on where it stopped.',
  REMOTE_UNREACHABLE: 'Check the network, a proxy and `SPARKHIRE_BASE_URL`; then run it again.',
  REMOTE_TIMEOUT: 'Run it again later, or raise `SPARKHIRE_REQUEST_TIMEOUT_SECONDS`.',
  ANSWER_UNREADABLE: 'Check that `SPARKHIRE_BASE_URL` is the API and not a web page; then run it again.',
  ABORTED: 'Run it again: it goes on where it stopped.',
  DATABASE_UNREACHABLE: 'Check `DATABASE_URL` and that the server runs; then run it again.',
  DATABASE_FULL: 'Free some space on the disk of the PostgreSQL server; a running service goes on by itself.',
  DATABASE_EXHAUSTED: 'Give the server more of what the message names.',
  DATABASE_DENIED:
    'Let the user of `DATABASE_URL` own the schemas sparkhire, ats and sync and what is in them; a restore may have given them to somebody else.',
  DATABASE_READ_ONLY: 'Point `DATABASE_URL` at the primary server, or end its read-only state.',
  DATABASE_TIMEOUT: 'Raise `statement_timeout` of the database user; then run it again.',
  DATABASE_BUSY: 'End the transactions that stay open (`pg_stat_activity`); then run it again.',
  DATABASE_INCOMPLETE: 'Run `sparkhire-sync migrate`; `sparkhire-sync doctor` names what has to be restored.',
  DATABASE_ENCODING: 'Use a database with encoding UTF8.',
  DATABASE_REFUSED:
    'Change or remove the trigger or constraint that the message names; it is not one of this program.',
  DATABASE_DAMAGED: "Look into the server's log, and have its disk and files checked.",
  DATABASE_POOLED: 'Point `DATABASE_URL` at PostgreSQL itself, or at a pool in session mode.',
  DATABASE_TOO_OLD: 'Use PostgreSQL 14 or newer.',
  DATABASE_NEWER: 'Use the version of the program that migrated the database, or a newer one.',
  MIGRATION_FAILED: 'Mend the cause that the message names, then run `sparkhire-sync migrate` again.',
  MIGRATIONS_PENDING: 'Run `sparkhire-sync migrate`.',
  EMBEDDED_POSTGRES_UNAVAILABLE: 'Set `DATABASE_URL` to a PostgreSQL server.',
  EMBEDDED_POSTGRES_FAILED: 'Follow the remedy of the message, or set `DATABASE_URL` to a PostgreSQL server.',
  HTTP_UNAVAILABLE: 'Stop what uses the port, or set `SYNC_HTTP_HOST` and `SYNC_HTTP_PORT`.',
  CONFLICT_UNKNOWN: 'Look the number up with `sparkhire-sync conflicts --all`.',
  CONFLICT_RESOLVED: 'See what is still open with `sparkhire-sync conflicts`.',
  CONFLICT_CHANGED:
    'Look at it again with `sparkhire-sync conflicts show`, and decide with the name it shows, such as `7.2`.',
  DATABASE_MOVED:
    'If nothing else writes for the account any more, look at `sparkhire-sync plan` and release it with `sparkhire-sync apply --approve CHECKSUM`; else use an account of its own.',
  PLAN_CHANGED: 'Look at it with `sparkhire-sync plan`, and approve what it shows now.',
  WEBHOOK_NOT_REGISTERED: 'Set `SYNC_PUBLIC_URL`, then run `sparkhire-sync webhooks register`.',
  WEBHOOK_NOTHING_TO_SEND:
    'Let something happen first: create or change a job in Spark Hire, then test again.',
  WEBHOOK_TEST_FAILED:
    'Check that the service runs and that `SYNC_PUBLIC_URL` leads to it from the internet; see its log for refused deliveries.',
  IMPORT_INVALID: 'Correct the lines that the message names, then import the file again.',
  ENCRYPTION_KEY_MISSING: 'Set `SYNC_ENCRYPTION_KEY`; `openssl rand -base64 32` makes one.',
  USER_KEY_UNREADABLE:
    'Add the older encryption key to `SYNC_ENCRYPTION_KEY_PREVIOUS`, or store the key again with `sparkhire-sync keys set`.',
  USER_KEY_MISMATCH: 'Give the key of the very user you name.',
  CANDIDATE_UNKNOWN: 'Check the spelling of the address; users of Spark Hire are not erased.',
  USER_KEY_UNKNOWN: 'See whose keys are stored with `sparkhire-sync keys list`.',
  USER_UNKNOWN: 'Check the address as Spark Hire shows it, and the account.',
  ATS_NOT_CONNECTED: 'Set `ats.kind` and what it needs, as docs/greenhouse.md shows.',
  ATS_ACCESS_REFUSED:
    'Make a new credential in the ATS, give its id and secret to the settings, and see `sparkhire-sync ats check`.',
  ATS_FORBIDDEN:
    'Give the credential the right that the message names; `sparkhire-sync ats check` lists all of them.',
  ATS_REQUEST_REFUSED: 'Read the reason of the ATS in the message; run `sparkhire-sync ats check`.',
  ATS_RATE_LIMITED:
    'Nothing to change here: it is tried again. Other programs should use credentials of their own.',
  ATS_FAILED: 'Nothing to change here: it is tried again, and nothing is lost meanwhile.',
  ATS_UNREACHABLE:
    'Check the network, a proxy and `ats.baseUrl`; it is tried again, and nothing is lost meanwhile.',
  ATS_TIMEOUT: 'Nothing to change here: it is tried again, and nothing is lost meanwhile.',
  ATS_ANSWER_UNREADABLE: 'Check that `ats.baseUrl` is the API of the ATS; report it if it goes on.',
  ATS_QUERY_FAILED:
    'Correct the view or query of `ats.sql`, as docs/sql-connector.md describes it; nobody is withdrawn for it.',
  INTERNAL: 'Report it, with the message and the log.',
};

const badSettings = ['SETTINGS_INVALID', 'USAGE', 'ACCOUNT_UNKNOWN', 'ENCRYPTION_KEY_MISSING'];

/**
 * The page for these codes (code → meaning).
 * @throws Error if a code has no remedy here, or a remedy no code
 */
export function errorsPage(errorCodes) {
  const codes = Object.keys(errorCodes);
  const odd = [
    ...codes.filter((code) => !(code in remedies)),
    ...Object.keys(remedies).filter((code) => !(code in errorCodes)),
  ];
  if (odd.length > 0) throw new Error(`scripts/errors-doc.mjs and src/errors.ts differ: ${odd.join(', ')}`);
  const rows = codes.map((code) => {
    const exit = badSettings.includes(code) ? 2 : 1;
    return `| \`${code}\` | ${errorCodes[code]} | ${remedies[code]} | ${exit} |`;
  });
  return `# Error codes

Every failure has a code, which stays the same, a message that says what happened, and mostly a remedy. They are
written to stderr; with \`--json\`, the answer on stdout has them as \`"error": {"code", "message", "remedy"}\`. The
last column is the exit code of the command.

<!-- Made by scripts/errors-doc.mjs from src/errors.ts. -->

| code | what happened | what usually helps | exit |
|---|---|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  const { errorCodes } = await import(new URL('../dist/errors.js', import.meta.url).href);
  writeFileSync(join(root, 'docs', 'errors.md'), errorsPage(errorCodes));
}
