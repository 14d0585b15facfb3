/**
 * What has become of an interview, in a custom field of its application: a value that changes, where notes only pile up.
 *
 * Greenhouse knows no compare-and-swap here, so the field is read just before: it is written where it is empty or holds what
 * this program writes, and never over what somebody else has. What the public documents leave open: the form of
 * `custom_fields` in a change (a list is tried, then a map: what is refused did nothing), and whether the fields that a change
 * leaves out are kept. If they are not, that is noticed by the first change, and there is no second one (field-proof.ts).
 */
import { z } from 'zod';
import type { Clock } from '../../clock.js';
import { SyncError } from '../../errors.js';
import type { Finding, Found, Result, Sent, Write } from '../connector.js';
import { id, textOrNull, wholeList } from '../decoded.js';
import { isOfOne } from '../listed.js';
import { foldName, nearest } from '../pull/triggers.js';
import { isFieldText } from '../write-back/results.js';
import type { GreenhouseClient } from './client.js';
import {
  type FieldProof,
  type FieldProofs,
  type FieldTrial,
  fieldsSchema,
  type Shown,
  textOf,
  trialOf,
  verdictOf,
} from './field-proof.js';
import { send } from './send.js';

const fieldSchema = z.object({ id, name: z.string(), name_key: textOrNull, value_type: z.string() });
const optionSchema = z.object({ id, name: z.string() });

const shownSchema = fieldsSchema.catch({});
const changedSchema = z.object({ custom_fields: fieldsSchema });

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
  const parameters = { field_type: 'application', active: true };
  const fields = await wholeList(client.list('/custom_fields', fieldSchema, parameters, signal));
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

/** @param reread the custom fields of an application, as they are now; undefined: it is not shown */
export function fieldWriter(
  client: GreenhouseClient,
  proofs: FieldProofs,
  clock: Clock,
  reread: (application: string, signal: AbortSignal) => Promise<unknown>,
): FieldWriter {
  let isKept = false;

  async function conclude(trial: FieldTrial, after: Shown | undefined): Promise<FieldProof | null> {
    const proof = verdictOf(trial, after, clock.now());
    if (proof?.is !== 'tried') await proofs.write(proof);
    return proof;
  }

  async function rereadShown(application: string, signal: AbortSignal): Promise<Shown | undefined> {
    const custom = await reread(application, signal);
    return custom === undefined ? undefined : shownSchema.parse(custom, { jitless: true });
  }

  /** As long as it cannot be read nobody knows, and no other application is tried. */
  async function lookAgain(
    trial: Extract<FieldProof, { is: 'tried' }>,
    signal: AbortSignal,
  ): Promise<FieldProof | null> {
    let after: Shown | undefined;
    try {
      after = await rereadShown(trial.application, signal);
    } catch (error) {
      if (!isOfOne(error)) throw error;
      return trial;
    }
    return conclude(trial, after);
  }

  async function known(signal: AbortSignal): Promise<FieldProof | null> {
    if (isKept) return { is: 'kept' };
    const stored = await proofs.read();
    const proof = stored?.is === 'tried' ? await lookAgain(stored, signal) : stored;
    isKept = proof?.is === 'kept';
    return proof;
  }

  function fieldWrite(field: Field, result: Result, before: Shown): Write {
    const value = field.options === null ? result.text : Number(field.options.get(result.state));
    const path = `/applications/${result.applicationId}`;
    const list = { custom_fields: [{ name_key: field.key, value }] };
    const map = { custom_fields: { [field.key]: value } };
    const patch = async (leaving: () => Promise<void>, signal: AbortSignal): Promise<Sent> => {
      const sent = await send(client, 'PATCH', path, list, leaving, signal);
      if (sent.outcome !== 'refused') return sent;
      const second = await send(client, 'PATCH', path, map, leaving, signal);
      return second.outcome === 'refused' ? sent : second;
    };
    return async (leaving, signal) => {
      const proof = await known(signal);
      if (proof?.is === 'emptied') return { outcome: 'refused', reason: damageOf(proof) };
      if (proof?.is === 'tried' && proof.application !== result.applicationId) throw notTold(proof);
      const trial =
        proof?.is === 'kept' ? null : trialOf(result.applicationId, field.key, before, clock.now());
      return trial === null ? patch(leaving, signal) : tried(trial, patch, leaving, signal);
    };
  }

  /** By the answer, or by another look: whether the other fields are still there. */
  async function tried(
    trial: FieldTrial,
    patch: Write,
    leaving: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<Sent> {
    await proofs.write({ ...trial, is: 'tried' });
    let sent: Sent;
    try {
      sent = await patch(leaving, signal);
    } catch (error) {
      // It did not arrive.
      if (error instanceof SyncError) await proofs.write(null);
      throw error;
    }
    if (sent.outcome === 'refused') await proofs.write(null);
    if (sent.outcome !== 'done') return sent;
    const answered = changedSchema.safeParse(sent.answer, { jitless: true });
    const after = answered.success
      ? answered.data.custom_fields
      : await rereadShown(trial.application, signal);
    const proof = await conclude(trial, after);
    return proof?.is === 'emptied' ? { outcome: 'refused', reason: damageOf(proof) } : sent;
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

type Damage = Extract<FieldProof, { is: 'emptied' }>;

const emptied = ({ application }: Damage) =>
  `Greenhouse emptied other custom fields of application ${application} when one was changed`;

/** Without what they held: it goes into the log. */
const damageOf = (damage: Damage) =>
  `${emptied(damage)} (${damage.gone.join(', ')}). Run \`sparkhire-sync ats check\` to see what they held, enter it again in Greenhouse, and set \`ats.writeBack.field\` to null. No other application is changed`;

function notTold({ application }: FieldTrial): SyncError {
  return new SyncError(
    'ATS_REQUEST_REFUSED',
    `Greenhouse does not show yet whether changing a custom field of application ${application} has kept its other fields.`,
    {
      remedy:
        'Nothing is to be done: no other application is changed until it does, or half an hour has passed.',
    },
  );
}

/** For `ats check`: also when no field is set any more, what was lost by one. */
export async function fieldFindings(
  client: GreenhouseClient,
  proofs: FieldProofs,
  wanted: string | null,
  signal: AbortSignal,
): Promise<Finding[]> {
  const proof = await proofs.read();
  if (proof?.is === 'emptied') {
    const held = proof.gone.map((key) => `${key}: ${quoted(proof.before?.[key] ?? 'erased')}`).join(', ');
    return [
      {
        check: 'ats_field',
        level: wanted === null ? 'warning' : 'failed',
        detail: `${emptied(proof)}. They held ${held}`,
        remedy: `Enter them again in Greenhouse. ${wanted === null ? 'No custom field is written.' : 'Set `ats.writeBack.field` to null: no custom field is written any more.'}`,
      },
    ];
  }
  return wanted === null ? [] : [await fieldFinding(client, wanted, signal)];
}

async function fieldFinding(client: GreenhouseClient, wanted: string, signal: AbortSignal): Promise<Finding> {
  try {
    const { name } = await findField(client, wanted, signal);
    const detail = `what becomes of interviews is written into ${quoted(name)}; no read shows whether it may be (harvest:applications:update)`;
    return { check: 'ats_field', level: 'ok', detail, remedy: null };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SyncError)) throw error;
    return { check: 'ats_field', level: 'failed', detail: error.message, remedy: error.remedy ?? null };
  }
}
