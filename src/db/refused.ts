/** What somebody added to the tables, a trigger or a constraint, and what it refused: no fault of this program. */

/** What PostgreSQL tells of an error besides its words. */
interface Told {
  code?: unknown;
  message?: unknown;
  hint?: unknown;
  where?: unknown;
  schema?: unknown;
  table?: unknown;
  column?: unknown;
  constraint?: unknown;
}

/** Functions that the migrations made, whatever they are called in the context of an error, and their own blocks. */
export const ownFunctions: ReadonlySet<string> = new Set([
  'inline_code_block',
  'keep_details',
  'merge_listed',
  'order_changes',
  'notify_command',
  'notify_webhook_events',
  'here',
  'forgets',
  'likeness',
  'likeness_of_letters',
  'in_letters',
  'address_mark',
  'queue_desired',
  'next_conflict_revision',
  'stamp_row',
  'stamp_changes',
  'results',
]);

/** Constraints and unique indexes that the migrations made. */
export function isOwnConstraint(name: string): boolean {
  return name.endsWith('_pkey') || /^user_keys_(\w+_)?check\d*$/.test(name) || own.has(name);
}

const own: ReadonlySet<string> = new Set([
  'ats_hints_delivery_idx',
  'conflicts_open_idx',
  'desired_rows_state_known',
  'intents_invitation_idx',
  'intents_open_idx',
  'intents_result_idx',
  'intents_user_idx',
  'issues_open_idx',
  'links_account_resource_uuid_key',
  'quarantine_account_resource_fingerprint_key',
  'user_keys_account_user_uuid_key',
  'webhooks_token_key',
]);

/** How a function stands in the context of an error, innermost first. */
const inFunction = /^(?:PL\/\w+|SQL) function "?(?:[\w$]+\.)?([\w$]+)"?/m;

/** Of a constraint or a view with check option; what triggers raise and functions do, wherever that is not told. */
const ofConstraint = /^(23|44)/;
const ofTrigger = /^(09|27|2F|38|39|P0)/;

/** A statement that a rule of a table does not allow: these migrations make no rules. */
const ofRule = /\brules\b|\bDO INSTEAD rule\b/;

/** @returns who refused it, to follow "refused by …"; null if nobody but this program can have caused the error */
export function refusedBy(error: unknown): string | null {
  const told = (error ?? {}) as Told;
  const code = text(told.code);
  const context = text(told.where);
  const [, name] = inFunction.exec(context) ?? [];
  if (name !== undefined && !ownFunctions.has(name)) return `the function ${name}`;
  if (code === '0A000' && ofRule.test(`${text(told.message)} ${text(told.hint)}`))
    return 'a rule that the table has';
  if (ofTrigger.test(code)) return name === undefined ? 'a trigger' : null;
  if (!ofConstraint.test(code)) return null;
  const table = [told.schema, told.table].map(text).filter(Boolean).join('.');
  const constraint = text(told.constraint);
  if (constraint !== '')
    return isOwnConstraint(constraint) ? null : `the constraint ${constraint} of ${table}`;
  return text(told.column) === '' ? null : `the column ${table}.${told.column}, which must not be empty`;
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
