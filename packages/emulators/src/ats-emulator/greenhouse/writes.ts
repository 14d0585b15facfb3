import { z } from 'zod';
import { Refusal, unprocessable } from './api-error.js';
import { rendered } from './lists/answer-list.js';
import { listings } from './lists/listings.js';
import type { Reading } from './lists/reading.js';
import { seesApplication, seesCandidate } from './lists/visibility.js';
import { addNote, enter, type Living, stagesOf, transfer } from './world/life.js';
import type { Application, CustomField, CustomValues } from './world/records.js';

export interface WriteAnswer {
  readonly status: number;
  /** Undefined: no content. */
  readonly body?: unknown;
}

const id = z.int().min(1);

function parsed<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.join('.');
  throw unprocessable(field === '' ? issue.message : `${field}: ${issue.message}`, field || undefined);
}

const spelledOut = {
  admin_only: 'admin_only_visible',
  private: 'privately_visible',
  public: 'publicly_visible',
} as const;
const noteBody = z.object({
  candidate_id: id,
  application_id: id.nullish(),
  user_id: id.nullish(),
  body: z.string().min(1),
  visibility: z.enum(['admin_only', 'private', 'public']),
  note_type: z.enum(['NOTE', 'ACTIVITY', 'EMAIL']).default('NOTE'),
});

/** POST /v3/notes. A note is never changed or deleted afterwards. */
export function createNote(living: Living, reading: Reading, body: unknown): WriteAnswer {
  const { tables } = living.world;
  const { switches } = living;
  const input = parsed(noteBody, body);
  const candidate = tables.candidates.get(input.candidate_id);
  if (!candidate || !seesCandidate(candidate, reading)) {
    throw unprocessable('candidate_id does not exist', 'candidate_id');
  }
  if (input.application_id != null) {
    const application = tables.applications.get(input.application_id);
    if (application?.candidate_id !== candidate.id) {
      throw unprocessable('application_id is not of the candidate', 'application_id');
    }
  }
  if (input.user_id == null && switches.noteAuthor === 'required') {
    throw unprocessable('user_id is missing', 'user_id');
  }
  const user = tables.users.get(input.user_id ?? reading.token.userId);
  if (!user || user.deactivated) throw unprocessable('user_id does not exist', 'user_id');
  const note = addNote(living, {
    candidate_id: candidate.id,
    application_id: input.application_id ?? null,
    user_id: user.id,
    body: input.body,
    type: input.note_type,
    visibility: spelledOut[input.visibility],
  });
  const listing = listings.notes!;
  const shown = rendered(note, listing, switches.noteAnswer === 'id-only' ? ['id'] : listing.fields, reading);
  if (switches.noteAnswer === 'as-written') shown.visibility = input.visibility;
  return { status: Number(switches.createdStatus), body: shown };
}

const moveBody = z.object({
  from_stage_id: id,
  to_stage_id: id.optional(),
  to_job_id: id.optional(),
  email_from_user_id: id.optional(),
});

/** POST /v3/applications/{id}/move: only from where the application is said to be. */
export function moveApplication(
  living: Living,
  reading: Reading,
  applicationId: number,
  body: unknown,
): WriteAnswer {
  const { tables } = living.world;
  const application = visible(living, reading, applicationId);
  const input = parsed(moveBody, body);
  const entry = tables.application_stages.get(application.entry_id);
  if (application.status !== 'in_process' || application.job_id === null || !entry) {
    throw unprocessable('the application is not in process');
  }
  const { moveFrom } = living.switches;
  const fits =
    (moveFrom !== 'job-stage' && input.from_stage_id === entry.id) ||
    (moveFrom !== 'entry' && input.from_stage_id === entry.job_interview_stage_id);
  if (!fits) throw unprocessable('from_stage_id is not the current stage', 'from_stage_id');
  if ((input.to_stage_id === undefined) === (input.to_job_id === undefined)) {
    throw unprocessable('either to_stage_id or to_job_id is needed', 'to_stage_id');
  }
  if (input.to_job_id !== undefined) {
    if (tables.jobs.get(input.to_job_id)?.status !== 'open') {
      throw unprocessable('to_job_id is not an open job', 'to_job_id');
    }
    transfer(living, applicationId, input.to_job_id);
    return { status: 204 };
  }
  const target = stagesOf(tables, application.job_id).find((stage) => stage.id === input.to_stage_id);
  if (!target || target.id === entry.job_interview_stage_id) {
    throw unprocessable('to_stage_id is not another active stage of the job', 'to_stage_id');
  }
  const moved = enter(living, application, target.id);
  living.tell({ event: 'candidate_stage_change', application: moved });
  return { status: 204 };
}

const fieldValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const patchBody = z.object({
  recruiter_id: id.nullish(),
  coordinator_id: id.nullish(),
  source_id: id.nullish(),
  referrer_id: id.nullish(),
  custom_fields: z
    .union([z.array(z.object({ name_key: z.string(), value: fieldValue })), z.record(z.string(), fieldValue)])
    .optional(),
});

/** PATCH /v3/applications/{id}: who looks after it, where it came from, custom fields; never its stage. */
export function patchApplication(
  living: Living,
  reading: Reading,
  applicationId: number,
  body: unknown,
): WriteAnswer {
  const application = visible(living, reading, applicationId);
  const { custom_fields: given, ...input } = parsed(patchBody, body);
  let values = application.custom_values;
  if (given !== undefined) {
    const { customFieldsBody, customFieldsPatch } = living.switches;
    const isList = Array.isArray(given);
    if (customFieldsBody !== 'either' && isList !== (customFieldsBody === 'list')) {
      throw unprocessable('custom_fields has the wrong form', 'custom_fields');
    }
    const pairs = isList ? given.map((one) => [one.name_key, one.value] as const) : Object.entries(given);
    values = {
      ...(customFieldsPatch === 'kept' ? values : {}),
      ...Object.fromEntries(pairs.map(([key, value]) => [key, custom(living, key, value)])),
    };
  }
  const known = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const changed = living.world.tables.applications.change(applicationId, { ...known, custom_values: values });
  living.tell({ event: 'application_updated', application: changed });
  if (living.switches.patchAnswer === 'empty') return { status: 204 };
  const listing = listings.applications!;
  return { status: 200, body: rendered(changed, listing, listing.fields, reading) };
}

/** @returns the value as it is kept: a selection is written as the id of its option */
function custom(living: Living, key: string, value: string | number | boolean | null): CustomValues[string] {
  const { tables } = living.world;
  const field = tables.custom_fields.find(
    (one) => one.field_type === 'application' && one.active && one.name_key === key,
  );
  if (!field) throw unprocessable(`custom_fields: there is no ${key}`, 'custom_fields');
  if (value === null) return null;
  if (field.value_type === 'single_select') {
    const option = typeof value === 'number' ? tables.custom_field_options.get(value) : undefined;
    if (option?.custom_field_id !== field.id || !option.active) {
      throw unprocessable(`custom_fields: ${key} takes the id of an option`, 'custom_fields');
    }
    return option.name;
  }
  if (typeof value !== kinds[field.value_type]) {
    throw unprocessable(`custom_fields: ${key} takes a ${kinds[field.value_type]}`, 'custom_fields');
  }
  return value;
}

const kinds: Record<Exclude<CustomField['value_type'], 'single_select'>, string> = {
  short_text: 'string',
  long_text: 'string',
  url: 'string',
  date: 'string',
  number: 'number',
  yes_no: 'boolean',
};

function visible(living: Living, reading: Reading, applicationId: number): Application {
  const application = living.world.tables.applications.get(applicationId);
  if (application && seesApplication(application, reading)) return application;
  throw new Refusal(404, 'Resource not found');
}
