/** docs/codes.md: errors, issues of rows and conflicts, from the lists in the code. */

/** What usually helps. The remedy that comes with an error knows more of its cause. */
const remedies = {
  SETTINGS_INVALID: 'Correct what the message lists; docs/settings.md explains every setting.',
  USAGE: 'See `sparkhire-sync --help`, or `--help` of the command.',
  ACCOUNT_UNKNOWN: 'Use one of the names the message lists, or add the account to the settings.',
  KEY_REFUSED: 'Check the key; keys stop working when their user is disabled.',
  KEY_OF_JOB_SEEKER: 'Use the key of a company user, an administrator.',
  KEY_OF_ANOTHER_COMPANY:
    'Give the account a key of its own company again; another company is another account of the settings. Nothing is read or sent meanwhile.',
  FORBIDDEN: 'Use the key of a user who may do this, usually an administrator.',
  PAYMENT_REQUIRED: 'Look at the plan in Spark Hire; nothing is bought automatically.',
  NOT_FOUND: 'Check the uuid, and what the user of the key may see.',
  METHOD_NOT_ALLOWED: 'Check `SPARKHIRE_BASE_URL`.',
  REQUEST_REFUSED: 'Read the reason of Spark Hire in the message; the same content is refused again.',
  INPUT_INVALID: 'Correct the fields that the message names.',
  RATE_LIMITED: 'Lower `SPARKHIRE_RATE_LIMIT` if other programs use the same account.',
  REMOTE_FAILED: 'Run it again later: it continues where it stopped.',
  REMOTE_UNREACHABLE: 'Check the network, a proxy and `SPARKHIRE_BASE_URL`; then run it again.',
  REMOTE_TIMEOUT: 'Run it again later, or raise `SPARKHIRE_REQUEST_TIMEOUT_SECONDS`.',
  ANSWER_UNREADABLE: 'Check that `SPARKHIRE_BASE_URL` is the API and not a web page; then run it again.',
  ABORTED: 'Run it again: it continues where it stopped.',
  DATABASE_UNREACHABLE: 'Check `DATABASE_URL` and that the server runs; then run it again.',
  DATABASE_FULL:
    'Free some space on the disk of the PostgreSQL server; a running service then continues automatically.',
  DATABASE_EXHAUSTED: 'Give the server more of what the message names.',
  DATABASE_DENIED:
    'Let the user of `DATABASE_URL` own the schemas sparkhire, ats and sync and what is in them; a restore may have given them to somebody else.',
  DATABASE_READ_ONLY: 'Point `DATABASE_URL` at the primary server, or end its read-only state.',
  DATABASE_TIMEOUT: 'Raise `statement_timeout` of the database user; then run it again.',
  DATABASE_BUSY: 'End the transactions that stay open (`pg_stat_activity`); then run it again.',
  DATABASE_INCOMPLETE: 'Run `sparkhire-sync migrate`; `sparkhire-sync doctor` names what has to be restored.',
  DATABASE_ENCODING: 'Use a database with encoding UTF8.',
  DATABASE_REFUSED:
    'Change or remove the trigger or constraint that the message names; this program did not make it.',
  DATABASE_DAMAGED: "Look into the server's log, and have its disk and files checked.",
  DATABASE_POOLED: 'Point `DATABASE_URL` at PostgreSQL itself, or at a pool in session mode.',
  DATABASE_TOO_OLD: 'Use PostgreSQL 14 or newer.',
  DATABASE_NEWER: 'Use the version of the program that migrated the database, or a newer one.',
  MIGRATION_FAILED: 'Fix the cause that the message names, then run `sparkhire-sync migrate` again.',
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
  WEBHOOK_NOTHING_TO_SEND: 'Create or change a job in Spark Hire, then test again.',
  WEBHOOK_TEST_FAILED:
    'Check that the service runs and that `SYNC_PUBLIC_URL` leads to it from the internet; see its log for refused deliveries.',
  IMPORT_INVALID: 'Correct the lines that the message names, then import the file again.',
  ENCRYPTION_KEY_MISSING: 'Set `SYNC_ENCRYPTION_KEY`; `openssl rand -base64 32` makes one.',
  USER_KEY_UNREADABLE:
    'Add the older encryption key to `SYNC_ENCRYPTION_KEY_PREVIOUS`, or store the key again with `sparkhire-sync keys set`.',
  USER_KEY_MISMATCH: 'Give the key of the user you name.',
  CANDIDATE_UNKNOWN: 'Check the spelling of the address; users of Spark Hire are not erased.',
  USER_KEY_UNKNOWN: 'See whose keys are stored with `sparkhire-sync keys list`.',
  USER_UNKNOWN: 'Check the address as Spark Hire shows it, and the account.',
  ATS_NOT_CONNECTED: 'Set `ats.kind` and what it needs: docs/settings.md#ats.',
  ATS_ACCESS_REFUSED:
    'Make a new credential in the ATS, give its id and secret to the settings, and see `sparkhire-sync ats check`.',
  ATS_FORBIDDEN:
    'Give the credential the right that the message names; `sparkhire-sync ats check` lists all of them.',
  ATS_REQUEST_REFUSED: 'Read the reason of the ATS in the message; run `sparkhire-sync ats check`.',
  ATS_RATE_LIMITED: 'Nothing: it is tried again. Give other programs credentials of their own.',
  ATS_FAILED: 'Nothing: it is tried again, and nothing is lost meanwhile.',
  ATS_UNREACHABLE:
    'Check the network, a proxy and `ats.baseUrl`; it is tried again, and nothing is lost meanwhile.',
  ATS_TIMEOUT: 'Nothing: it is tried again, and nothing is lost meanwhile.',
  ATS_ANSWER_UNREADABLE: 'Check that `ats.baseUrl` is the API of the ATS; report it if it happens again.',
  ATS_QUERY_FAILED:
    'Correct the view or query of `ats.sql`, as docs/sql-connector.md describes it. No invitation is withdrawn meanwhile.',
  INTERNAL: 'Report it, with the message and the log.',
};

/** Codes that only the console has. */
const ofConsole = {
  SIGN_IN: 'Sign in with the value of `SYNC_ADMIN_TOKEN` or `SYNC_VIEWER_TOKEN`.',
  CONSOLE_OFF: 'Set `SYNC_ADMIN_TOKEN` or `SYNC_VIEWER_TOKEN`, and start the service again.',
  OTHER_SITE: 'Open the console itself. A proxy in front has to pass `Host` on as it was asked for.',
  VIEWER: 'Sign in with `SYNC_ADMIN_TOKEN`.',
  ADDRESS_UNKNOWN: 'See `/api/openapi.json` for the addresses there are.',
  TOO_LARGE: 'Send fewer rows or conflicts at once.',
  NOT_JSON: 'Send `content-type: application/json`.',
  TOO_MANY_GUESSES: 'Wait. Behind a proxy, name it in `SYNC_TRUSTED_PROXIES`.',
};

/** Issues of rows: what each means and what to do. */
const issues = {
  REQUIRED_FIELD_MISSING: ['The column is needed, and is empty.', 'Fill it in.'],
  INVALID_FORMAT: [
    'The value cannot be right: its form is wrong.',
    'Correct it. The message says which form is expected.',
  ],
  UNMAPPED_ENUM: [
    'The word is not known in this column.',
    'Correct it, or add the word to `policies.users.roles` or `policies.jobs.statuses`.',
  ],
  UNKNOWN_REFERENCE: [
    'The row waits for another row, an active job, a package, a question set or an API key.',
    'Do what the message says. A row that is waited for is named, with what is wrong with it.',
  ],
  DUPLICATE: [
    'Another row already stands for the same thing. Of invitations: the same person and job, not finished yet, or not when this row came.',
    'Keep one of the rows and withdraw the other. To invite once more, insert a new row after the interview has ended.',
  ],
  DEADLINE_OUT_OF_RANGE: [
    'Spark Hire does not accept this deadline or start.',
    'Set a date that the message allows.',
  ],
  SMS_CONSENT_MISSING: [
    'A telephone number is there, and the consent to text messages is not.',
    'Set `sms_consent`, or take the number out.',
  ],
  IMMUTABLE_AFTER_SEND: [
    'Spark Hire cannot change this once it was sent.',
    'Put the former value back. To invite again, write a new row.',
  ],
  PLAN_LIMIT: [
    'The plan has no free job slot or user seat, or lacks the feature.',
    'Close a job, remove a user, or upgrade the plan. The row then continues automatically.',
  ],
  REMOTE_REJECTED: [
    'Spark Hire refused it. The message has its reason and code.',
    'Correct what the reason names. When the same content is tried again the message says, mostly after a day; what Spark Hire accepted and never showed is not sent again until the row changes or a question about it is answered.',
  ],
  DECISION_NEEDED: [
    'A person must decide.',
    'Look at `sparkhire-sync conflicts`, or do what the message says.',
  ],
  FORGOTTEN: [
    'This person was erased with `sparkhire-sync forget`.',
    'Delete the row, or take the person out of it ([personal-data.md](personal-data.md)).',
  ],
};

/** Conflicts: what each asks, and the choices there may be. `conflicts show` has those of one conflict. */
const conflicts = {
  field_diverged: [
    'A field was changed in the ATS and in Spark Hire, or in Spark Hire alone where rows wait for it.',
    "`ats`: write the ATS's value. `sparkhire`: keep Spark Hire's.",
  ],
  remote_deleted: [
    'The object was deleted in Spark Hire, and the ATS still wants it.',
    '`ats`: make it again. `sparkhire`: accept that it is gone.',
  ],
  possible_duplicate: [
    'Spark Hire already has an object that may be the one of the row.',
    '`link` or `link:UUID`: it is the same. `create`: make another one.',
  ],
  unknown_outcome: [
    'The answer to a write was lost, and Spark Hire does not show for certain whether it was done.',
    '`link:UUID`: this is what was made. `send`: nothing was made, send it again. `none`: leave it.',
  ],
  plan_limit: ['The plan has no room for the row.', 'No choice: make room in the plan, or withdraw the row.'],
  mass_disappearance: [
    'Many rows were missing from a listing at once. Nothing was marked deleted.',
    '`sparkhire`: ask for each, and mark those that are gone.',
  ],
  mass_change: [
    'A plan would cancel, close or change much at once, or the keys of rows seem to have moved. Nothing was sent.',
    'No choice: `sparkhire-sync plan`, then `apply --approve CHECKSUM`.',
  ],
};

const badSettings = ['SETTINGS_INVALID', 'USAGE', 'ACCOUNT_UNKNOWN', 'ENCRYPTION_KEY_MISSING'];

function alike(explained, codes) {
  const odd = [
    ...codes.filter((code) => !(code in explained)),
    ...Object.keys(explained).filter((code) => !codes.includes(code)),
  ];
  if (odd.length > 0) throw new Error(`scripts/docs/codes.mjs and the code differ: ${odd.join(', ')}`);
}

const twoCells = (explained) =>
  Object.entries(explained).map(([code, [meaning, what]]) => `| \`${code}\` | ${meaning} | ${what} |`);

/**
 * @param errorCodes code → meaning
 * @param consoleCodes the same, of those that only the console's API has; `statusOf` has the status of each
 * @throws Error if a code is not explained here, or an explanation has no code
 */
export function codesPage({ errorCodes, issueCodes, conflictKinds, consoleCodes, statusOf }) {
  alike(remedies, Object.keys(errorCodes));
  alike(ofConsole, Object.keys(consoleCodes));
  alike(issues, issueCodes);
  alike(conflicts, conflictKinds);
  const rows = Object.keys(errorCodes).map((code) => {
    const exit = badSettings.includes(code) ? 2 : 1;
    return `| \`${code}\` | ${errorCodes[code]} | ${remedies[code]} | ${exit} |`;
  });
  return `# Codes

<!-- Made by scripts/docs.mjs from src/errors.ts and src/reconcile/types.ts: npm run docs. -->

Codes stay the same from version to version. Messages may change.

## Issues of rows

The views \`ats.*_sync\` show the issues of each row; \`sparkhire-sync issues\` shows those of all rows, with what to do.

| code | meaning | what to do |
|---|---|---|
${twoCells(issues).join('\n')}

## Conflicts

\`sparkhire-sync conflicts\` lists what a person must decide. \`conflicts show ID\` explains one, with its choices and what each will send.
A conflict closes automatically when its cause is gone.

| kind | meaning | choices (\`conflicts resolve ID --take …\`) |
|---|---|---|
${twoCells(conflicts).join('\n')}

## Errors

Commands write an error to stderr: a code, what happened, and mostly what to do. With \`--json\`, the answer on stdout has it as
\`"error": {"code", "message", "remedy"}\`. The last column is the exit code of the command.

| code | what happened | what usually helps | exit |
|---|---|---|---|
${rows.join('\n')}

## The console's API

An error there is \`{"error", "code", "remedy"}\`, with a code of the table above or one of these. \`/api/openapi.json\` says which route answers which.

| code | what happened | what usually helps | status |
|---|---|---|---|
${Object.entries(consoleCodes)
  .map(([code, meaning]) => `| \`${code}\` | ${meaning} | ${ofConsole[code]} | ${statusOf(code)} |`)
  .join('\n')}
`;
}
