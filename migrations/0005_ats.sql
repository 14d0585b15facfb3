-- What the ATS wants (schema ats), and the bookkeeping of carrying it to Spark Hire.

create schema if not exists ats;
comment on schema ats is 'What the applicant tracking system wants. Only it writes here; sparkhire-sync reads, and reports in the *_sync views.';

-- Only identity is enforced: a value that makes no sense is reported for its row and never aborts a batch.
create table ats.users (
  account text not null default 'default',
  ats_id text not null,
  name text,
  email text,
  role text,
  active boolean,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, ats_id)
);

create table ats.jobs (
  account text not null default 'default',
  ats_id text not null,
  title text,
  description text,
  status text,
  city text,
  region text,
  country text,
  work_mode text,
  work_place text,
  owner_ats_id text,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, ats_id)
);

create table ats.packages (
  account text not null default 'default',
  package text not null,
  type text,
  question_set_uuid text,
  questions jsonb,
  deadline_days numeric,
  email_message text,
  timezone text,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, package)
);

create table ats.interviews (
  account text not null default 'default',
  ats_id text not null,
  job_ats_id text,
  candidate_name text,
  candidate_email text,
  candidate_phone text,
  candidate_phone_e164 text,
  sms_consent boolean default false,
  type text,
  package text,
  question_set_uuid text,
  questions jsonb,
  deadline_at timestamptz,
  timezone text,
  email_message text,
  requested_by_ats_id text,
  desired text default 'invited',
  share boolean default false,
  priority smallint default 0,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, ats_id)
);
-- Beginnings only: a value that is too long for an index must not abort a batch either.
create index interviews_candidate_idx on ats.interviews
  (account, left(job_ats_id, 200), lower(left(candidate_email, 300)));
create index users_email_idx on ats.users (account, lower(left(email, 300)));

create table ats.share_requests (
  account text not null default 'default',
  ats_id text not null,
  reviewers jsonb,
  interview_ats_ids text[],
  send_email boolean,
  status text,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, ats_id)
);

-- Rows to look at. Appended by triggers in the writer's own transaction and without a unique key: a row that commits
-- late is seen late and never missed, and writers never wait for each other here.
create table sync.desired_queue (
  id bigint generated always as identity primary key,
  account text not null,
  resource text not null,
  ats_id text not null,
  queued_at timestamptz not null default clock_timestamp()
);
create index desired_queue_account_idx on sync.desired_queue (account, resource, ats_id);

-- What is known of each row of the ATS: the hash of its content when it was last judged, and what became of it.
create table sync.desired_rows (
  account text not null default 'default',
  resource text not null,
  ats_id text not null,
  hash uuid,
  state text not null default 'pending',
  arrived_at timestamptz not null default clock_timestamp(),
  synced_at timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (account, resource, ats_id)
);
create index desired_rows_unsettled_idx on sync.desired_rows (account, resource, ats_id)
  where state in ('pending', 'held', 'rejected', 'conflict', 'in_flight');

create table sync.links (
  account text not null default 'default',
  resource text not null,
  ats_id text not null,
  uuid uuid not null,
  base jsonb not null default '{}',
  linked_at timestamptz not null default now(),
  how text not null,
  primary key (account, resource, ats_id),
  unique (account, resource, uuid)
);

create table sync.intents (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  resource text not null,
  ats_id text not null,
  action text not null,
  fingerprint text not null,
  state text not null default 'prepared',
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  error text,
  -- What is needed to find out what became of it: times by Spark Hire's clock, uuids, the values that were sent.
  detail jsonb not null default '{}',
  sent_at timestamptz,
  -- When looking began, how often it was looked, and the earliest moment for the next look.
  looked integer not null default 0,
  look_at timestamptz,
  uuid uuid
);
-- One write under way for a row: whoever comes second fails here, whatever happened to the locks.
create unique index intents_open_idx on sync.intents (account, resource, ats_id)
  where state in ('prepared', 'sent', 'unknown');
-- One invitation of a person to a job under way, and one creation of a user, whichever rows ask for it.
create unique index intents_invitation_idx on sync.intents
  (account, (detail -> 'look' ->> 'jobUuid'), lower(detail -> 'look' ->> 'email'))
  where resource = 'interviews' and action = 'create' and state in ('prepared', 'sent', 'unknown');
create unique index intents_user_idx on sync.intents (account, lower(detail -> 'look' ->> 'email'))
  where resource = 'users' and action = 'create' and state in ('prepared', 'sent', 'unknown');
create index intents_unknown_idx on sync.intents (account) where state in ('prepared', 'sent', 'unknown');
create index intents_row_idx on sync.intents (account, resource, ats_id, id);

create table sync.issues (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  resource text not null,
  ats_id text not null,
  field text,
  code text not null,
  message text not null,
  opened_at timestamptz not null default now(),
  resolved_at timestamptz
);
create unique index issues_open_idx on sync.issues (account, resource, ats_id, coalesce(field, ''))
  where resolved_at is null;
create index issues_opened_at_idx on sync.issues (account, opened_at);

-- A person's decision that nothing was done about yet.
alter table sync.conflicts add column acted_at timestamptz;
create index conflicts_decided_idx on sync.conflicts (account, resource, ats_id)
  where resolved_at is not null and acted_at is null and resolved_by <> 'sparkhire-sync' and ats_id is not null;

-- What the first contact looks for: objects of Spark Hire that may be a row's.
create index jobs_title_idx on sparkhire.jobs (account, lower(left(title, 300)));
create index interviews_candidate_job_idx on sparkhire.interviews
  (account, job_uuid, lower(left(candidate_email, 300)));

-- Writers need no right on schema sync: the triggers have it.
create function sync.queue_desired() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
  resource text := tg_table_name;
  key text := case when tg_table_name = 'packages' then 'package' else 'ats_id' end;
  changed text;
begin
  if tg_op = 'TRUNCATE' then
    changed := format('select d.account, d.ats_id from sync.desired_rows d where d.resource = %L', resource);
  elsif tg_op = 'INSERT' then
    changed := format('select account, %I from fresh', key);
  elsif tg_op = 'DELETE' then
    changed := format('select account, %I from old_rows', key);
  else
    -- A loader that writes the same again makes no work.
    changed := format('select distinct account, %I from (
      (table fresh except table old_rows) union (table old_rows except table fresh)) c', key);
  end if;
  -- Whoever works on these accounts is woken by the commit.
  execute format('with queued as (
      insert into sync.desired_queue (account, resource, ats_id)
      select c.account, %L, c.ats_id from (%s) as c(account, ats_id) returning account)
    select pg_notify(''sparkhire_desired'', q.account) from (select distinct account from queued) q',
    resource, changed);
  return null;
end $$;

do $$ declare name text; begin
  foreach name in array array['users', 'jobs', 'packages', 'interviews', 'share_requests'] loop
    execute format('create trigger queue_insert after insert on ats.%I referencing new table as fresh
      for each statement execute function sync.queue_desired()', name);
    execute format('create trigger queue_update after update on ats.%I referencing old table as old_rows new table as fresh
      for each statement execute function sync.queue_desired()', name);
    execute format('create trigger queue_delete after delete on ats.%I referencing old table as old_rows
      for each statement execute function sync.queue_desired()', name);
    execute format('create trigger queue_truncate after truncate on ats.%I
      for each statement execute function sync.queue_desired()', name);
  end loop;
end $$;

-- What became of each row. The views run with their owner's rights: who reads them needs none on schema sync.
-- Two halves, rows that are there and rows that were: a condition on the key goes down into both.
do $$ declare pair record; begin
  for pair in select * from (values ('users', 'user_sync', false), ('jobs', 'job_sync', false),
      ('interviews', 'interview_sync', true)) p (resource, view, with_results) loop
    execute format($view$
      create view ats.%1$I as
      select r.account, r.ats_id,
        case
          when r.state = 'in_flight' then r.state
          when r.state is null or exists (select from sync.desired_queue q
            where q.account = r.account and q.resource = %2$L and q.ats_id = r.ats_id) then 'pending'
          else r.state
        end as state,
        l.uuid as sparkhire_uuid,
        coalesce((select jsonb_agg(jsonb_build_object('code', i.code, 'field', i.field, 'message', i.message)
            order by i.field, i.id) from sync.issues i where i.account = r.account and i.resource = %2$L and i.ats_id = r.ats_id and i.resolved_at is null), '[]') as issues,
        r.synced_at%3$s
      from (
        select t.account, t.ats_id, d.state, d.synced_at from ats.%2$I t
        left join sync.desired_rows d on d.account = t.account and d.resource = %2$L and d.ats_id = t.ats_id
        union all
        select d.account, d.ats_id, d.state, d.synced_at from sync.desired_rows d where d.resource = %2$L
          and not exists (select from ats.%2$I t where t.account = d.account and t.ats_id = d.ats_id)
      ) r
      left join sync.links l on l.account = r.account and l.resource = %2$L and l.ats_id = r.ats_id%4$s
      $view$, pair.view, pair.resource,
      case when pair.with_results then ', m.status, m.rating, m.completed_at, m.watch_url, m.share_url' else '' end,
      case when pair.with_results then ' left join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid' else '' end);
  end loop;
end $$;

-- What every table and column means, for writers in psql and in tools.
comment on table ats.users is 'Users the ATS wants to have in Spark Hire.';
comment on column ats.users.account is 'The account of this program the row belongs to.';
comment on column ats.users.ats_id is 'The ATS''s own identifier of the row; it never changes.';
comment on column ats.users.name is 'Full name; needed.';
comment on column ats.users.email is 'E-mail address; needed. A user of Spark Hire with the same address is taken over.';
comment on column ats.users.role is 'administrator or standard; null is left to Spark Hire. Cannot be changed later.';
comment on column ats.users.active is 'False for somebody who left: proposed to a person, never done by itself.';
comment on column ats.users.deleted_at is 'Set it to withdraw the row; deleting the row does the same.';
comment on column ats.users.extra is 'The writer''s own: not read.';
comment on table ats.jobs is 'Jobs the ATS wants to have in Spark Hire.';
comment on column ats.jobs.account is 'The account of this program the row belongs to.';
comment on column ats.jobs.ats_id is 'The ATS''s own identifier of the row; it never changes.';
comment on column ats.jobs.title is 'Title; needed.';
comment on column ats.jobs.description is 'Full text; needed.';
comment on column ats.jobs.status is 'open or closed; needed.';
comment on column ats.jobs.city is 'City; needed unless work_mode is given.';
comment on column ats.jobs.region is 'State, province or the like.';
comment on column ats.jobs.country is 'Country; needed with a city, unless work_mode is given.';
comment on column ats.jobs.work_mode is 'remote, on_site or hybrid; null: the job is at its city. Cannot be changed later.';
comment on column ats.jobs.work_place is 'Where the work is done; on_site and hybrid jobs need it, or a city.';
comment on column ats.jobs.owner_ats_id is 'The row of ats.users that acts; null: the administrator.';
comment on column ats.jobs.deleted_at is 'Set it to withdraw the row; deleting the row does the same.';
comment on column ats.jobs.extra is 'The writer''s own: not read.';
comment on table ats.packages is 'Templates for interviews. What an interview gives itself wins; a change reaches interviews not sent yet.';
comment on column ats.packages.account is 'The account of this program the row belongs to.';
comment on column ats.packages.package is 'Name of the package, as interviews use it.';
comment on column ats.packages.type is 'one_way or live.';
comment on column ats.packages.question_set_uuid is 'A question set of Spark Hire; wins over questions.';
comment on column ats.packages.questions is '[{"text", "time_limit", "takes"}]; time_limit 30, 60, 90, 120, 160 or 180 seconds, takes 0 to 5 or -1 for any number.';
comment on column ats.packages.deadline_days is 'Days from the invitation to the deadline; at most 365.';
comment on column ats.packages.email_message is 'Text that goes with the invitation.';
comment on column ats.packages.timezone is 'Name of a time zone, such as Europe/Vienna.';
comment on column ats.packages.deleted_at is 'Set it to withdraw the package; deleting the row does the same.';
comment on column ats.packages.extra is 'The writer''s own: not read.';
comment on table ats.interviews is 'Invitations: one candidate, one job.';
comment on column ats.interviews.account is 'The account of this program the row belongs to.';
comment on column ats.interviews.ats_id is 'The ATS''s own identifier of the row; it never changes.';
comment on column ats.interviews.job_ats_id is 'The row of ats.jobs; needed. May come later.';
comment on column ats.interviews.candidate_name is 'Name of the candidate; needed.';
comment on column ats.interviews.candidate_email is 'E-mail address of the candidate; needed. Gets the invitation.';
comment on column ats.interviews.candidate_phone is 'Phone number as people write it; only together with candidate_phone_e164.';
comment on column ats.interviews.candidate_phone_e164 is 'The same number as +, country code and digits; only together with candidate_phone.';
comment on column ats.interviews.sms_consent is 'Whether the candidate agreed to text messages; a phone number needs it.';
comment on column ats.interviews.type is 'one_way or live; needed here or in the package.';
comment on column ats.interviews.package is 'The row of ats.packages that gives what is null here. May come later.';
comment on column ats.interviews.question_set_uuid is 'A question set of Spark Hire; wins over questions.';
comment on column ats.interviews.questions is '[{"text", "time_limit", "takes"}]; time_limit 30, 60, 90, 120, 160 or 180 seconds, takes 0 to 5 or -1 for any number. One-way interviews need these or a question set, here or in the package.';
comment on column ats.interviews.deadline_at is 'Deadline of a one-way interview, start of a live one; in the future, at most a year ahead. Needed unless the package has deadline_days.';
comment on column ats.interviews.timezone is 'Name of the time zone the invitation tells times in, such as Europe/Vienna; UTC if null.';
comment on column ats.interviews.email_message is 'Text that goes with the invitation.';
comment on column ats.interviews.requested_by_ats_id is 'The row of ats.users that invites; null: the administrator.';
comment on column ats.interviews.desired is 'invited or canceled; null is invited.';
comment on column ats.interviews.share is 'Make a share link once the interview is completed.';
comment on column ats.interviews.priority is 'Higher goes first.';
comment on column ats.interviews.deleted_at is 'Set it to withdraw the row; deleting the row does the same.';
comment on column ats.interviews.extra is 'The writer''s own: not read.';
comment on table ats.share_requests is 'Completed interviews to be shown to reviewers: one share link for each reviewer.';
comment on column ats.share_requests.account is 'The account of this program the row belongs to.';
comment on column ats.share_requests.ats_id is 'The ATS''s own identifier of the row; it never changes.';
comment on column ats.share_requests.reviewers is '[{"name", "email"}].';
comment on column ats.share_requests.interview_ats_ids is 'Rows of ats.interviews.';
comment on column ats.share_requests.send_email is 'Whether Spark Hire writes to the reviewers.';
comment on column ats.share_requests.status is 'active or inactive.';
comment on column ats.share_requests.deleted_at is 'Set it to withdraw the row; deleting the row does the same.';
comment on column ats.share_requests.extra is 'The writer''s own: not read.';
comment on view ats.user_sync is 'What became of each row of ats.users, also of rows that are gone.';
comment on column ats.user_sync.account is 'The account of this program the row belongs to.';
comment on column ats.user_sync.ats_id is 'The row of ats.users.';
comment on column ats.user_sync.state is 'pending, held (waits for something), rejected (see issues), conflict (waits for a person), in_flight (the outcome of a write is not known yet), synced or gone.';
comment on column ats.user_sync.sparkhire_uuid is 'The object of Spark Hire, once there is one.';
comment on column ats.user_sync.issues is 'What is wrong, or what it waits for: [{"code", "field", "message"}].';
comment on column ats.user_sync.synced_at is 'When both sides last agreed.';
comment on view ats.job_sync is 'What became of each row of ats.jobs, also of rows that are gone.';
comment on column ats.job_sync.account is 'The account of this program the row belongs to.';
comment on column ats.job_sync.ats_id is 'The row of ats.jobs.';
comment on column ats.job_sync.state is 'pending, held (waits for something), rejected (see issues), conflict (waits for a person), in_flight (the outcome of a write is not known yet), synced or gone.';
comment on column ats.job_sync.sparkhire_uuid is 'The object of Spark Hire, once there is one.';
comment on column ats.job_sync.issues is 'What is wrong, or what it waits for: [{"code", "field", "message"}].';
comment on column ats.job_sync.synced_at is 'When both sides last agreed.';
comment on view ats.interview_sync is 'What became of each row of ats.interviews, also of rows that are gone.';
comment on column ats.interview_sync.account is 'The account of this program the row belongs to.';
comment on column ats.interview_sync.ats_id is 'The row of ats.interviews.';
comment on column ats.interview_sync.state is 'pending, held (waits for something), rejected (see issues), conflict (waits for a person), in_flight (the outcome of a write is not known yet), synced or gone.';
comment on column ats.interview_sync.sparkhire_uuid is 'The object of Spark Hire, once there is one.';
comment on column ats.interview_sync.issues is 'What is wrong, or what it waits for: [{"code", "field", "message"}].';
comment on column ats.interview_sync.synced_at is 'When both sides last agreed.';
comment on column ats.interview_sync.status is 'Status of the interview in Spark Hire: requested, accepted, completed, expired, canceled or another word.';
comment on column ats.interview_sync.rating is '0 to 5; 0 may mean that nobody rated it yet.';
comment on column ats.interview_sync.completed_at is 'When the candidate completed it.';
comment on column ats.interview_sync.watch_url is 'Where a company user watches it.';
comment on column ats.interview_sync.share_url is 'Public URL of the basic share link, if there is one.';
comment on table sync.desired_queue is 'Rows of schema ats to look at; filled by triggers, emptied once the row was decided.';
comment on column sync.desired_queue.id is 'Number of the entry.';
comment on column sync.desired_queue.account is 'The account of this program the row belongs to.';
comment on column sync.desired_queue.resource is 'Table of schema ats.';
comment on column sync.desired_queue.ats_id is 'Key of the row.';
comment on column sync.desired_queue.queued_at is 'When it was entered.';
comment on table sync.desired_rows is 'Rows of schema ats as they were last judged.';
comment on column sync.desired_rows.account is 'The account of this program the row belongs to.';
comment on column sync.desired_rows.resource is 'Table of schema ats.';
comment on column sync.desired_rows.ats_id is 'Key of the row.';
comment on column sync.desired_rows.hash is 'Hash of the content that was judged; null if there was none.';
comment on column sync.desired_rows.state is 'What became of it; see the views of schema ats.';
comment on column sync.desired_rows.arrived_at is 'When the row was first noticed.';
comment on column sync.desired_rows.synced_at is 'When both sides last agreed.';
comment on column sync.desired_rows.updated_at is 'When this record last changed.';
comment on table sync.links is 'Which row of the ATS is which object of Spark Hire.';
comment on column sync.links.account is 'The account of this program the row belongs to.';
comment on column sync.links.resource is 'users, jobs or interviews.';
comment on column sync.links.ats_id is 'The row of the ATS.';
comment on column sync.links.uuid is 'The object of Spark Hire.';
comment on column sync.links.base is 'For each field the values of both sides as last settled: {"field": {"ats", "sparkhire"}}.';
comment on column sync.links.linked_at is 'When they were linked.';
comment on column sync.links.how is 'created, adopted or resolved (a person decided).';
comment on table sync.intents is 'Every write to Spark Hire: recorded before it is sent, and what became of it.';
comment on column sync.intents.id is 'Number of the intent.';
comment on column sync.intents.account is 'The account of this program the row belongs to.';
comment on column sync.intents.resource is 'users, jobs or interviews.';
comment on column sync.intents.ats_id is 'The row of the ATS.';
comment on column sync.intents.action is 'What was to be done.';
comment on column sync.intents.fingerprint is 'Hash of what was to be written.';
comment on column sync.intents.state is 'prepared, sent, confirmed, rejected or unknown.';
comment on column sync.intents.created_at is 'When it was recorded.';
comment on column sync.intents.updated_at is 'When its state last changed.';
comment on column sync.intents.error is 'Why it was rejected, or why its outcome is unknown.';
comment on column sync.intents.detail is 'What is needed to find out what became of it.';
comment on column sync.intents.sent_at is 'When it was handed to the network.';
comment on column sync.intents.looked is 'How often Spark Hire was asked what became of it.';
comment on column sync.intents.look_at is 'Earliest moment for the next such look.';
comment on column sync.intents.uuid is 'The object of Spark Hire, once known.';
comment on table sync.issues is 'What is wrong with rows of the ATS; one open issue for a row and field.';
comment on column sync.issues.id is 'Number of the issue.';
comment on column sync.issues.account is 'The account of this program the row belongs to.';
comment on column sync.issues.resource is 'Table of schema ats.';
comment on column sync.issues.ats_id is 'Key of the row.';
comment on column sync.issues.field is 'Column; null for the row as a whole.';
comment on column sync.issues.code is 'What kind of problem it is; see the docs.';
comment on column sync.issues.message is 'What is wrong and what to do.';
comment on column sync.issues.opened_at is 'When it was found.';
comment on column sync.issues.resolved_at is 'When it was gone; null while it is open.';
comment on column sync.conflicts.acted_at is 'When the decision of a person was carried out; null for what closed by itself.';
