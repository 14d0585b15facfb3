/**
 * Which columns hold personal data of candidates, how those of one candidate are found, and what they become when the
 * candidate is erased. The one place that says so: whoever adds such a column adds it here. A test searches every column
 * of every table for somebody who was erased.
 *
 * Users of Spark Hire (`sparkhire.users`, `ats.users`, `created_by_*`, `sync.user_keys`) are employees, not candidates.
 * Rows of schema ats that another writer made are that writer's: they are told, not touched.
 */

/**
 * What is known of a candidate, as the conditions name it:
 *
 *   who.account
 *   who.interviews   uuids of their interviews
 *   who.rows         keys of rows of ats.interviews that invite them
 *   who.shares       keys of share links for them as a reviewer (`R-1/jane@example.com`), in the bookkeeping
 *   who.share_links  uuids of such links
 *   who.ats_candidates  their numbers in connected ATSs, with the kind before (`greenhouse 7001`)
 *   who.mentions     what is searched for in texts, in lower case: addresses, and uuids of the candidate
 *   who.likes        for each of these what LIKE finds it by
 *   who.patterns     for each of these the regular expression that finds it as a whole
 */
export const whoColumns =
  'account text, interviews uuid[], rows text[], shares text[], share_links uuid[], ats_candidates text[], mentions text[], likes text[], patterns text[]';

const letter = 'a-z0-9\\u00c0-\\u1fff';

/**
 * Finds an address in a text, both in lower case, but not as the end or the beginning of another one: joann@x.example is not
 * ann@x.example. An escape of JSON before it is no letter of it. Means the same to JavaScript and to PostgreSQL.
 */
export function wholeAddress(address: string): string {
  const literal = address.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const begins = `(?:(?<![${letter}.!#$%&+?^_~-])(?<![${letter}]')|(?<=\\\\[bfnrt])|(?<=\\\\u[0-9a-f]{4}))`;
  return `${begins}${literal}(?![.-]?[${letter}])`;
}

/** @param addresses in lower case */
export function withoutAddresses(text: string, addresses: readonly string[]): string {
  return addresses.reduce((rest, one) => rest.replace(new RegExp(wholeAddress(one), 'gi'), '[erased]'), text);
}

export interface PersonalData {
  table: string;
  /** Which rows `t` are theirs, as SQL with `who`. Every row is of `who.account` besides. */
  where: string;
  /** What the columns become, as SQL; `row`: the whole row goes. */
  becomes: Record<string, string> | 'row';
  /** Columns that say when it was erased: they alone are no reason to write a row again. */
  times?: Record<string, string>;
}

/** Keys of an interview's `raw` that stay: what it is, and not of whom. */
export const impersonal = [
  'uuid',
  'type',
  'status',
  'rating',
  'scheduled_at',
  'completed_at',
  'created_at',
  'updated_at',
  'job',
  'job_post',
  'company',
  'created_by',
] as const;

/** Columns of sparkhire.interviews that are empty once their candidate is erased. Uuid, state, times and job stay. */
export const personalOfInterview = [
  'candidate_uuid',
  'candidate_name',
  'candidate_email',
  'share_url',
  'watch_url',
] as const;

export const personalOfShareLink = ['reviewer_name', 'reviewer_email', 'url'] as const;

const empty = (columns: readonly string[]) => Object.fromEntries(columns.map((name) => [name, 'null']));
const names = (list: readonly string[]) => `array[${list.map((name) => `'${name}'`).join(', ')}]`;
const only = (column: string, keys: readonly string[]) =>
  `(select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(${column}) e where e.key = any(${names(keys)}))`;
const textOf = (columns: readonly string[]) => {
  const texts = columns.map((name) => `t.${name}::text`);
  return texts.length === 1 ? `lower(${texts[0]})` : `lower(concat_ws(' ', ${texts.join(', ')}))`;
};
/** Whether the text speaks of them. Every text is looked through, and no index helps: LIKE costs a fraction of a look as a whole. */
const mentions = (...columns: string[]) =>
  `(${textOf(columns)} like any(who.likes) and exists (select from unnest(who.mentions, who.patterns) m (plain, pattern),
    ${textOf(columns)} x (text) where position(m.plain in x.text) > 0 and x.text ~ m.pattern))`;
/** The same where it may name nothing but an interview of theirs. */
const mentionsAny = (...columns: string[]) =>
  `(${mentions(...columns)} or exists (select from unnest(who.interviews) u where position(u::text in ${textOf(columns)}) > 0))`;

const ofRow = `(t.resource in ('interviews', 'ats_results') and t.ats_id = any(who.rows)
  or t.resource = 'share_links' and t.ats_id = any(who.shares))`;
/** Writes to be emptied: for their rows and interviews, or that speak of them. */
export const isIntent = `(${ofRow} or t.resource in ('interviews', 'ats_results') and t.uuid = any(who.interviews)
  or ${mentions('detail', 'error')})`;
const isShare = `t.resource = 'share_links' and t.ats_id = any(who.shares)`;

/** In the order in which they are erased. */
export const personalData: readonly PersonalData[] = [
  {
    table: 'sparkhire.interviews',
    where: 't.uuid = any(who.interviews)',
    becomes: {
      ...empty(personalOfInterview),
      raw: only('t.raw', impersonal),
      // The next listing is another one than this row came from.
      list_hash: 'null',
      // Of what was stored before that was kept, mirrored_at tells it.
      status_since: 'coalesce(t.status_since, t.mirrored_at)',
    },
    times: { mirrored_at: 'now()' },
  },
  {
    // The answers of a candidate are behind addresses in it.
    table: 'sparkhire.interview_questions',
    where: 't.interview_uuid = any(who.interviews)',
    becomes: { raw: only('t.raw', ['uuid']) },
  },
  {
    table: 'sparkhire.share_links',
    where: 't.uuid = any(who.share_links)',
    becomes: {
      ...empty(personalOfShareLink),
      raw: only('t.raw', ['uuid', 'status', 'created_at', 'updated_at']),
      list_hash: 'null',
    },
    times: { mirrored_at: 'now()' },
  },
  {
    // A link for somebody else that shows their interviews names them.
    table: 'sparkhire.share_links',
    where: 't.interview_uuids && who.interviews',
    becomes: { raw: "t.raw - 'interviews'", list_hash: 'null' },
  },
  {
    table: 'sync.changes',
    where: `t.resource = 'interviews' and t.uuid = any(who.interviews)
      or t.resource = 'share_links' and t.uuid = any(who.share_links)`,
    becomes: Object.fromEntries(
      ['before', 'after'].map((column) => [
        column,
        `t.${column} - ${names([...personalOfInterview, ...personalOfShareLink])}`,
      ]),
    ),
  },
  {
    table: 'sync.audit',
    where: `t.before ->> 'resource' = 'interviews' and t.before ->> 'ats_id' = any(who.rows)
      or t.before ->> 'uuid' = any(who.interviews::text[]) or ${mentionsAny('target', 'before', 'after', 'reason')}`,
    // What somebody wrote about it may name them.
    becomes: { before: 'null', after: 'null', reason: 'null' },
  },
  {
    table: 'sync.conflicts',
    where: `${ofRow} or t.resource = 'interviews' and t.uuid = any(who.interviews)
      or t.resource = 'share_links' and t.uuid = any(who.share_links)
      or ${mentions('ats_id', 'base_value', 'ats_value', 'sparkhire_value', 'reason')} and t.kind <> 'mass_disappearance'`,
    becomes: {
      ats_id: `case when ${isShare} then null else t.ats_id end`,
      base_value: 'null',
      ats_value: 'null',
      sparkhire_value: 'null',
      reason: `'The candidate was erased.'`,
      resolved_by: `case when t.resolved_at is null then 'sparkhire-sync forget' else t.resolved_by end`,
      resolution: `case when t.resolved_at is null then 'forgotten' else t.resolution end`,
    },
    times: { acted_at: 'coalesce(t.acted_at, now())', resolved_at: 'coalesce(t.resolved_at, now())' },
  },
  {
    table: 'sync.issues',
    where: isShare,
    becomes: 'row',
  },
  {
    table: 'sync.issues',
    where: `t.code <> 'FORGOTTEN' and (${ofRow} or ${mentions('message')})`,
    becomes: { message: `'The candidate was erased.'` },
    times: { resolved_at: 'coalesce(t.resolved_at, now())' },
  },
  {
    table: 'sync.intents',
    where: isShare,
    becomes: 'row',
  },
  {
    table: 'sync.intents',
    where: `t.state = 'prepared' and ${ofRow}`,
    becomes: 'row',
  },
  {
    // That there was a write stays, and what it counts for. One that is not over is needed as it is, whoever's it is.
    table: 'sync.intents',
    where: `t.state in ('confirmed', 'rejected') and not t.detail ? 'erased' and ${isIntent}`,
    becomes: {
      detail: `${only('t.detail', ['room', 'final', 'missing', 'actor'])} || '{"erased": true}'`,
      error: 'null',
      fingerprint: "encode(sha256(convert_to(t.id || t.fingerprint, 'UTF8')), 'hex')",
    },
  },
  { table: 'sync.links', where: isShare, becomes: 'row' },
  {
    // Nobody is told of results any more, and nothing is taken back for a row of a connector that goes.
    table: 'sync.links',
    where: `t.resource = 'interviews' and t.ats_id = any(who.rows) and exists (select from ats.interviews a
      where a.account = t.account and a.ats_id = t.ats_id and a.source is not null)`,
    becomes: 'row',
  },
  // By itself each looks an index up; both at once PostgreSQL 14 reads all links for. What a row's link says of somebody else
  // whose row has become theirs tells that the interview is not theirs.
  ...['t.uuid = any(who.interviews)', `t.ats_id = any(who.rows) and ${mentions('base')}`].map((theirs) => ({
    table: 'sync.links',
    where: `t.resource = 'interviews' and ${theirs}`,
    becomes: { base: "t.base - array['candidate', 'email_message']" },
  })),
  { table: 'sync.desired_rows', where: isShare, becomes: 'row' },
  { table: 'sync.desired_queue', where: isShare, becomes: 'row' },
  {
    // Before the rows that tell whose application it is.
    table: 'sync.ats_cursors',
    where: `t.custom_fields ? 'before' and t.custom_fields ->> 'application' in (select a.extra ->> 'application_id'
      from ats.interviews a where a.account = t.account and a.source = t.source and a.ats_id = any(who.rows))`,
    becomes: { custom_fields: "t.custom_fields - 'before'" },
  },
  {
    // Found by a mark that is no address; but with the address it can be tried.
    table: 'sync.ats_skipped',
    where: `t.candidate_id = any(array(select split_part(c, ' ', 2) from unnest(who.ats_candidates) c))
        and t.source || ' ' || t.candidate_id = any(who.ats_candidates)
      or t.address = any(array(select sync.address_mark(m) from unnest(who.mentions) m))`,
    becomes: { candidate_id: 'null', address: 'null' },
  },
  {
    // What the ATS was told last may be where they can be watched.
    table: 'sync.orders',
    where: 't.ats_id = any(who.rows)',
    becomes: {
      told: 'null',
      problem: 'null',
      tell_at: 'null',
      erased_at: 'coalesce(t.erased_at, now())',
    },
  },
  {
    table: 'ats.interviews',
    where: 't.source is not null and t.ats_id = any(who.rows)',
    becomes: 'row',
  },
  {
    table: 'sync.webhook_events',
    where: `t.object_uuid = any(who.interviews) or ${mentionsAny('body', 'error')}`,
    becomes: {
      body: "'{}'",
      error: 'null',
      // What they tell is read with the next tick.
      outcome: `case when t.state = 'waiting' then 'superseded' else t.outcome end`,
      state: "'done'",
    },
    times: { done_at: 'coalesce(t.done_at, clock_timestamp())' },
  },
  {
    table: 'sync.quarantine',
    where: `t.uuid = any(who.interviews::text[]) or ${mentions('content', 'problem')}`,
    becomes: { content: 'null', problem: `'The candidate was erased.'` },
  },
  {
    // An erasure takes its own arguments away, and its answer names interviews alone.
    table: 'sync.commands',
    where: `t.kind <> 'forget' and ${mentionsAny('arguments', 'progress', 'result')}`,
    becomes: {
      arguments: "'{}'",
      progress: 'null',
      result: 'null',
    },
  },
  { table: 'sync.runs', where: mentions('error'), becomes: { error: `'The candidate was erased.'` } },
  {
    table: 'sync.activities',
    where: mentionsAny('error', 'remedy'),
    becomes: { error: 'null', remedy: 'null' },
  },
  { table: 'sync.ats_cursors', where: mentions('failure'), becomes: { failure: 'null' } },
  { table: 'sync.odd_fields', where: mentions('sample', 'field', 'route'), becomes: 'row' },
];
