/**
 * What has become of an interview, in a custom field of its application: a value that changes, where notes only pile up.
 *
 * Greenhouse knows no compare-and-swap here, so the field is read just before: it is written where it is empty or holds what
 * this program writes, and never over what somebody else has. What the public documents leave open: the form of
 * `custom_fields` in a change (a list is tried, then a map: what is refused did nothing), and whether the fields that a change
 * leaves out are kept. If they are not, that is noticed by the first change, and there is no second one.
 */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { Finding, Found, Result, Sent, Write } from '../connector.js';
import { isFieldText } from '../results.js';
import { foldName, nearest } from '../triggers.js';
import { type GreenhouseClient, id, textOrNull } from './client.js';
import { send } from './send.js';

const fieldSchema = z.object({ id, name: z.string(), name_key: textOrNull, value_type: z.string() });
const optionSchema = z.object({ id, name: z.string() });

/** Of an application; anything else is as if there were none. */
const fieldsSchema = z.record(z.string(), z.object({ value: z.unknown() }));
const shownSchema = fieldsSchema.catch({});
const changedSchema = z.object({ custom_fields: fieldsSchema });

type Shown = z.output<typeof shownSchema>;

/** Those that take words, and the one that takes one of several. */
const texts: ReadonlySet<string> = new Set(['short_text', 'long_text']);
const states: ReadonlySet<string> = new Set(['invited', 'completed', 'expired']);

interface Field {
  key: string;
  name: string;
  /** null: it takes words. */
  options: Map<string, string> | null;
}

/** @throws SyncError where Greenhouse has no such field, or one of another kind */
async function findField(client: GreenhouseClient, wanted: string, signal: AbortSignal): Promise<Field> {
  const fields: Array<z.output<typeof fieldSchema>> = [];
  const parameters = { field_type: 'application', active: true };
  for await (const page of client.list('/custom_fields', fieldSchema, parameters, signal))
    fields.push(...page);
  const found = fields.find(
    (one) => one.id === wanted || one.name_key === wanted || foldName(one.name) === foldName(wanted),
  );
  if (found === undefined) {
    const names = nearest(
      wanted,
      fields.map(({ name }) => name),
    );
    const hint =
      names.length === 0 ? 'it shows none at all' : `the nearest are ${names.map(quoted).join(', ')}`;
    throw wrong(`Greenhouse has no custom field ${quoted(wanted)} of applications; ${hint}.`);
  }
  const { name, name_key: key, value_type: type } = found;
  if (texts.has(type)) return { key: key ?? found.id, name, options: null };
  if (type !== 'single_select')
    throw wrong(`The custom field ${quoted(name)} is of the kind ${type}, which is not written.`);
  const options = new Map<string, string>();
  const ofField = { custom_field_ids: found.id, active: true };
  for await (const page of client.list('/custom_field_options', optionSchema, ofField, signal))
    for (const option of page) options.set(foldName(option.name), option.id);
  const missing = [...states].filter((state) => !options.has(state));
  if (missing.length > 0)
    throw wrong(`The custom field ${quoted(name)} lacks the options ${missing.map(quoted).join(', ')}.`);
  return { key: key ?? found.id, name, options };
}

const quoted = (text: string) => `“${text}”`;

function wrong(message: string): SyncError {
  return new SyncError('ATS_REQUEST_REFUSED', message, {
    remedy:
      'Set `ats.writeBack.field` to a custom field of applications: a text, or a single select with the options Invited, Completed and Expired.',
  });
}

export interface FieldWriter {
  /** @param shown the custom fields of each application, as it was answered */
  look(
    results: readonly Result[],
    shown: ReadonlyMap<string, unknown>,
    signal: AbortSignal,
  ): Promise<Array<[string, Found]>>;
}

/** @param reread the custom fields of an application, as they are now */
export function fieldWriter(
  client: GreenhouseClient,
  reread: (application: string, signal: AbortSignal) => Promise<unknown>,
): FieldWriter {
  let isProven = false;
  let damage: string | null = null;

  function fieldWrite(field: Field, result: Result, before: Shown): Write {
    const value = field.options === null ? result.text : Number(field.options.get(result.state));
    const path = `/applications/${result.applicationId}`;
    const list = { custom_fields: [{ name_key: field.key, value }] };
    const map = { custom_fields: { [field.key]: value } };
    return async (leaving, signal) => {
      if (damage !== null) return { outcome: 'refused', reason: damage };
      let sent = await send(client, 'PATCH', path, list, leaving, signal);
      if (sent.outcome === 'refused') {
        const second = await send(client, 'PATCH', path, map, leaving, signal);
        if (second.outcome !== 'refused') sent = second;
      }
      if (sent.outcome !== 'done' || isProven) return sent;
      return proven(field, result, before, sent, signal);
    };
  }

  /** By the answer, or by another look, if that shows the change: whether the other fields are still there. */
  async function proven(
    { key }: Field,
    { applicationId }: Result,
    before: Shown,
    sent: Sent & { outcome: 'done' },
    signal: AbortSignal,
  ): Promise<Sent> {
    const answered = changedSchema.safeParse(sent.answer, { jitless: true });
    const after = answered.success
      ? answered.data.custom_fields
      : shownSchema.parse(await reread(applicationId, signal), { jitless: true });
    const others = Object.keys(before).filter((one) => one !== key && textOf(before[one]) !== null);
    if (others.length === 0 || textOf(after[key]) === textOf(before[key])) return sent;
    const gone = others.filter((one) => textOf(after[one]) === null);
    isProven = gone.length === 0;
    if (isProven) return sent;
    damage = `Greenhouse emptied other custom fields of application ${applicationId} when one was changed (${gone.join(', ')}): enter them again there, and set \`ats.writeBack.field\` to null. No other application is changed`;
    return { outcome: 'refused', reason: damage };
  }

  return {
    async look(results, applications, signal) {
      let field: Field;
      try {
        field = await findField(client, results[0]!.target, signal);
      } catch (error) {
        // A setting that is wrong holds up no note.
        if (!(error instanceof SyncError) || !['ATS_REQUEST_REFUSED', 'ATS_FORBIDDEN'].includes(error.code))
          throw error;
        return results.map(({ marker }) => [
          marker,
          { is: 'absent', write: () => Promise.reject(error), isDoubtful: false },
        ]);
      }
      // Of several interviews of an application the last one is told: what the one before writes counts as written.
      const held = new Map<string, string | null>();
      return results.map((result): [string, Found] => {
        const custom = applications.get(result.applicationId);
        if (custom === undefined) return [result.marker, { is: 'missing' }];
        const before = shownSchema.parse(custom, { jitless: true });
        const earlier = held.get(result.applicationId);
        const is = earlier === undefined ? textOf(before[field.key]) : earlier;
        const wanted = field.options === null ? result.text : result.state;
        if (is !== null && (field.options === null ? is === wanted : foldName(is) === wanted))
          return [result.marker, { is: 'there', reference: field.key }];
        const isOurs = is === null || (field.options === null ? isFieldText(is) : states.has(foldName(is)));
        if (!isOurs) {
          const reason = `the field ${quoted(field.name)} holds something else, which is not written over`;
          return [result.marker, { is: 'overtaken', reason }];
        }
        held.set(result.applicationId, wanted);
        return [result.marker, { is: 'absent', write: fieldWrite(field, result, before), isDoubtful: false }];
      });
    },
  };
}

/** Of a selection its name, in whatever form it is shown; null for one without a value. */
function textOf(field: Shown[string] | undefined): string | null {
  const value = field?.value;
  const named = typeof value === 'object' && value !== null ? (value as { name?: unknown }).name : value;
  if (Array.isArray(value)) return value.length === 0 ? null : JSON.stringify(value);
  if (named === null || named === undefined) return value == null ? null : JSON.stringify(value);
  return String(named).trim() || null;
}

/** For `ats check`. */
export async function fieldFinding(
  client: GreenhouseClient,
  wanted: string,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const { name } = await findField(client, wanted, signal);
    const detail = `what becomes of interviews is written into ${quoted(name)}; whether it may be (harvest:applications:update) no read can tell`;
    return { check: 'ats_field', level: 'ok', detail, remedy: null };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SyncError)) throw error;
    return { check: 'ats_field', level: 'failed', detail: error.message, remedy: error.remedy ?? null };
  }
}
