-- Advanced share links: what the ATS asks for in ats.share_requests is carried to Spark Hire, a link for each reviewer.
-- Run again where a role came late: everything here may be repeated.

-- The rows of a request are REQUEST/REVIEWER; this finds them.
create index if not exists desired_rows_share_request_idx on sync.desired_rows
  (account, regexp_replace(ats_id, '/[^/]*$', '')) where resource = 'share_links';
-- What the first contact looks for.
create index if not exists share_links_reviewer_idx on sparkhire.share_links (account, lower(left(reviewer_email, 300)));

-- What became of each request. Its own halves, as in the other views: requests that are there and that were.
create or replace view ats.share_request_sync as
select r.account, r.ats_id,
  case
    when exists (select from sync.desired_queue q where q.account = r.account and q.resource = 'share_requests'
      and q.ats_id = r.ats_id) or l.state is null then 'pending'
    else l.state
  end as state,
  coalesce(l.issues, '[]') as issues,
  l.synced_at,
  coalesce(l.links, '[]') as links
from (
  select t.account, t.ats_id from ats.share_requests t
  union all
  select d.account, d.ats_id from sync.desired_rows d where d.resource = 'share_requests'
    and not exists (select from ats.share_requests t where t.account = d.account and t.ats_id = d.ats_id)
) r
left join lateral (
  select
    -- The one that most needs a look.
    (array_agg(e.state order by array_position(
      array['in_flight', 'conflict', 'rejected', 'held', 'pending', 'synced', 'gone'], e.state)))[1] as state,
    max(e.synced_at) as synced_at,
    (select jsonb_agg(i.issue order by i.issue ->> 'field', i.issue ->> 'code', i.issue ->> 'message') from (
      select distinct jsonb_build_object('code', i.code, 'field', i.field, 'message', i.message) as issue
      from sync.issues i where i.account = r.account and i.resource = 'share_links'
        and i.ats_id = any(array_agg(e.ats_id)) and i.resolved_at is null) i) as issues,
    jsonb_agg(e.link order by e.ats_id) filter (where e.link is not null) as links
  from (
    select d.ats_id, d.synced_at,
      case
        when d.state <> 'in_flight' and exists (select from sync.desired_queue q
          where q.account = d.account and q.resource = 'share_links' and q.ats_id = d.ats_id) then 'pending'
        else d.state
      end as state,
      case when k.uuid is not null and m.deleted_at is null then jsonb_build_object(
        'reviewer_email', coalesce(m.reviewer_email, substring(d.ats_id from '[^/]*$')),
        'sparkhire_uuid', k.uuid, 'url', m.url, 'status', m.status) end as link
    from sync.desired_rows d
    left join sync.links k on k.account = d.account and k.resource = 'share_links' and k.ats_id = d.ats_id
    left join sparkhire.share_links m on m.account = k.account and m.uuid = k.uuid
    where d.account = r.account and d.resource = 'share_links'
      and regexp_replace(d.ats_id, '/[^/]*$', '') = r.ats_id
  ) e
) l on true;

comment on view ats.share_request_sync is 'What became of each row of ats.share_requests.';
comment on column ats.share_request_sync.account is 'The account of this program the row belongs to.';
comment on column ats.share_request_sync.ats_id is 'The row of ats.share_requests; also of one that is gone.';
comment on column ats.share_request_sync.state is 'pending, held, rejected, conflict, in_flight, synced or gone: of its links the state that most needs a look.';
comment on column ats.share_request_sync.issues is '[{"code", "field", "message"}]: what is wrong with the row or what it waits for.';
comment on column ats.share_request_sync.synced_at is 'When Spark Hire last agreed about one of its links.';
comment on column ats.share_request_sync.links is '[{"reviewer_email", "sparkhire_uuid", "url", "status"}]: the links there are; also inactive ones of reviewers who were taken out.';

comment on table ats.share_requests is 'Completed interviews to be shown to reviewers: one advanced share link for each reviewer.';
comment on column ats.share_requests.reviewers is '[{"name", "email"}]; needed. Who is taken out has an inactive link from then on.';
comment on column ats.share_requests.interview_ats_ids is 'Rows of ats.interviews; needed. Links are made once all of them are completed, and go on showing these.';
comment on column ats.share_requests.send_email is 'Whether Spark Hire writes to the reviewers when their links are made; null: no.';
comment on column ats.share_requests.status is 'active or inactive: whether the links open; null: active.';

comment on column sync.links.resource is 'users, jobs, interviews or share_links.';
comment on column sync.links.ats_id is 'The row of the ATS; of a share link REQUEST/REVIEWER, the address in lower case.';
comment on column sync.intents.resource is 'users, jobs, interviews or share_links.';

do $$
begin
  if exists (select from pg_roles where rolname = 'sparkhire_reader') then
    grant select on ats.share_request_sync to sparkhire_reader;
  end if;
  if exists (select from pg_roles where rolname = 'sparkhire_ats_writer') then
    grant select on ats.share_request_sync to sparkhire_ats_writer;
  end if;
end $$;

-- Requests that are there already were not looked at before.
insert into sync.desired_queue (account, resource, ats_id)
select account, 'share_requests', ats_id from ats.share_requests;
