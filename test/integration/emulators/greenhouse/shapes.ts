/**
 * What Harvest v3 answers, as facts: for each list its fields and what each may be.
 * `int`, `text`, `bool`, `time`, `list`, `object`; `?`: or null; `a|b`: one of these words.
 */
const row = 'id int, created_at time, updated_at time';

export const shapes: Record<string, string> = {
  application_stages: `${row}, application_id int, job_interview_stage_id int, entered_at time?, exited_at time?,
    days_in_stage int, current bool`,
  applications: `${row}, agency_note_id int?, candidate_id int, coordinator_id int?, job_id int?, job_post_id int?,
    recruiter_id int?, referrer_id int?, source_id int?, stage_id int?, stage_name text?,
    status rejected|hired|converted|in_process, needs_decision bool?, prospect bool, rejected_at time?,
    last_activity_at time?, location_address text?, answers list?, prospective_job_ids list, custom_fields object?`,
  candidates: `${row}, first_name text?, last_name text?, preferred_name text?, company text?, title text?,
    last_activity_at time?, private bool?, can_email bool, time_zone text?, tags list, linked_user_ids list,
    phone_numbers list, addresses list, email_addresses list, website_addresses list, social_media_addresses list,
    custom_fields object?`,
  custom_field_options: `${row}, custom_field_id int, name text, external_id text?, sort_order int, active bool`,
  custom_fields: `${row}, field_type application|candidate|job, sort_order int, name text,
    value_type short_text|long_text|yes_no|single_select|number|date|url, private bool, required bool,
    require_approval bool, trigger_new_version bool, active bool?, updated_by_id int?, internal_type text?,
    expose_in_job_board_api bool, placeholder text?, name_key text, description text?, application_type text?,
    api_only bool?, use_for_job_approvals bool?, use_for_offer_approvals bool?, template_token_string text?,
    default_value object?`,
  departments: `${row}, name text, parent_id int?, external_id text?`,
  job_hiring_managers: `${row}, user_id int, job_id int`,
  job_interview_stages: `${row}, job_id int, sort_order int, name text, active bool`,
  job_owners: `${row}, job_id int, user_id int, type sourcer|recruiter|coordinator, responsible bool`,
  job_posts: `${row}, title text, internal bool, active bool, live bool, featured bool, first_published_at time?,
    content text?, internal_content text?, language text?, public_url text?, demographic_question_set_id int?,
    job_id int, job_board_id int, questions list`,
  jobs: `${row}, name text, requisition_id text?, notes text?, confidential bool, status open|draft|closed,
    opened_at time?, closed_at time?, is_template bool?, copied_from_id int?, department_id int?, office_ids list?,
    custom_fields object?`,
  notes: `${row}, candidate_id int?, application_id int?, body text?, subject text?, type NOTE|ACTIVITY|EMAIL,
    user_id int?, email_from text?, email_to text?, email_cc list?, import_hash text?, body_with_tags text?,
    visibility admin_only_visible|privately_visible|publicly_visible, email_attachment_file_names list?`,
  offices: `${row}, name text, parent_id int?, external_id text?, location text?,
    primary_in_house_contact_user_id int?`,
  rejection_details: `${row}, application_id int, rejected_by_id int?, rejection_note_id int?,
    rejection_reason_id int?, rejected_at time?, question_custom_fields object?`,
  rejection_reasons: `${row}, name text, type object`,
  sources: `${row}, name text, type object`,
  users: `${row}, first_name text?, last_name text?, primary_email text, job_title text?, agency_id int?, name text?,
    deactivated bool, site_admin bool, employee_id text?, linked_candidate_ids list, office_ids list,
    department_ids list, interviewer_tags list, emails list?, custom_fields object?`,
};

const kinds: Record<string, (value: unknown) => boolean> = {
  int: Number.isSafeInteger,
  text: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  time: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value),
  list: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** What is wrong with the row; nothing: an empty list. */
export function deviations(list: string, row: Record<string, unknown>): string[] {
  const fields = new Map(
    shapes[list]!.split(',').map((field) => field.trim().split(/\s+/) as [name: string, kind: string]),
  );
  const wrong = Object.keys(row).filter((name) => !fields.has(name));
  for (const [name, kind] of fields) {
    const value = row[name];
    const plain = kind.replace('?', '');
    const fits = kinds[plain] ?? ((one: unknown) => plain.split('|').includes(String(one)));
    if (!(name in row)) wrong.push(`no ${name}`);
    else if (value === null ? !kind.endsWith('?') : !fits(value))
      wrong.push(`${name} = ${JSON.stringify(value)}`);
  }
  return wrong;
}
