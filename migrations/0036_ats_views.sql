-- What became of each row. The views run with their owner's rights: who reads them needs none on schema sync. Run again by
-- `sparkhire-sync migrate` where one is missing or shows another table than it should.
-- Three parts, so that a condition on the key or on changed_at is answered by an index: rows that are queued, rows that are not,
-- and rows that are gone and not queued. The time of a row that is queued is never later than the last one that was drawn, but for
-- a microsecond for each time it was written: nobody who has read it may miss one that is drawn already, and not committed yet.
do $$ declare
  pair record;
  parts text := $parts$
        select q.account, q.ats_id, case d.state when 'in_flight' then d.state else 'pending' end as state, d.synced_at,
          greatest(c.changed_at + q.times * interval '1 microsecond', least(q.queued_at, last.at + q.times * interval '1 microsecond')) as changed_at%3$s
        from (select account, ats_id, max(queued_at) as queued_at, least(count(*), 49) as times from sync.desired_queue where resource = %2$L group by 1, 2) q
        cross join (select coalesce(max(changed_at), 'epoch') as at from sync.row_changes) last
        left join ats.%2$I t on t.account = q.account and t.ats_id = q.ats_id
        left join sync.desired_rows d on d.account = q.account and d.resource = %2$L and d.ats_id = q.ats_id
        left join sync.row_changes c on c.account = q.account and c.resource = %2$L and c.ats_id = q.ats_id
        where t.ats_id is not null or d.ats_id is not null
        union all
        select t.account, t.ats_id, coalesce(d.state, 'pending'), d.synced_at, c.changed_at%5$s from ats.%2$I t
        left join sync.desired_rows d on d.account = t.account and d.resource = %2$L and d.ats_id = t.ats_id
        left join sync.row_changes c on c.account = t.account and c.resource = %2$L and c.ats_id = t.ats_id
        where (select true from sync.desired_queue q
          where q.account = t.account and q.resource = %2$L and q.ats_id = t.ats_id limit 1) is null
        union all
        select d.account, d.ats_id, d.state, d.synced_at, c.changed_at%4$s from sync.desired_rows d
        left join sync.row_changes c on c.account = d.account and c.resource = %2$L and c.ats_id = d.ats_id
        where d.resource = %2$L
          and (select true from ats.%2$I t where t.account = d.account and t.ats_id = d.ats_id limit 1) is null
          and (select true from sync.desired_queue q
            where q.account = d.account and q.resource = %2$L and q.ats_id = d.ats_id limit 1) is null$parts$;
begin
  for pair in select * from (values
      ('users', 'user_sync', '', '', '', '', ''),
      ('jobs', 'job_sync', '', '', '', '', ''),
      ('interviews', 'interview_sync',
        ', case when m.deleted_at is null then m.status else ''deleted'' end as status, m.rating, m.completed_at, case when m.deleted_at is null then m.watch_url end as watch_url, case when m.deleted_at is null then m.share_url end as share_url',
        ', m.scheduled_at as deadline_at, r.job_ats_id, r.requested_by_ats_id',
        ' left join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid',
        ', t.job_ats_id, t.requested_by_ats_id', ', null::text, null::text'))
      p (resource, view, results, more, mirrored, wanted, unwanted) loop
    continue when to_regclass('ats.' || pair.resource) is null;
    execute format($view$
      create or replace view ats.%1$I as
      select r.account, r.ats_id, r.state, l.uuid as sparkhire_uuid,
        coalesce((select jsonb_agg(jsonb_build_object('code', i.code, 'field', i.field, 'message', i.message)
            order by i.field, i.id) from sync.issues i where i.account = r.account and i.resource = %2$L and i.ats_id = r.ats_id and i.resolved_at is null), '[]') as issues,
        r.synced_at%3$s, r.changed_at%4$s
      from (%5$s) r
      left join sync.links l on l.account = r.account and l.resource = %2$L and l.ats_id = r.ats_id%6$s
      $view$, pair.view, pair.resource, pair.results, pair.more,
      format(parts, '', pair.resource, pair.wanted, pair.unwanted, pair.wanted), pair.mirrored);
    execute format('comment on column ats.%I.changed_at is %L', pair.view,
      'When anything of this row last changed, here or in Spark Hire. A cursor: read where changed_at > the last one, in its order. Null until the row was first looked at.');
  end loop;
  if to_regclass('ats.interviews') is not null then
    comment on column ats.interview_sync.status is 'Status of the interview in Spark Hire: requested, accepted, completed, expired, canceled, and whatever it adds; deleted once it is gone there.';
    comment on column ats.interview_sync.deadline_at is 'The deadline in Spark Hire, also where it is another one than the row has; of a live interview its start.';
    comment on column ats.interview_sync.job_ats_id is 'The job the row asks for: its row of ats.jobs. Null once the row is gone.';
    comment on column ats.interview_sync.requested_by_ats_id is 'Who the row says asks for it: a row of ats.users.';
  end if;

  if to_regclass('ats.share_requests') is null then
    return;
  end if;
  execute format($view$
    create or replace view ats.share_request_sync as
    select r.account, r.ats_id, case when r.is_queued or l.state is null then 'pending' else l.state end as state,
      coalesce(l.issues, '[]') as issues, l.synced_at, coalesce(l.links, '[]') as links, r.changed_at
    from (%s) r
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
    ) l on true
    $view$, format(parts, '', 'share_requests', ', true as is_queued', ', false', ', false'));
  comment on column ats.share_request_sync.changed_at is 'When anything of this request last changed, here or in Spark Hire. A cursor, as in the other views.';
end $$;

-- All of them, as one list of what is new. A function, since a view of views would keep anybody from dropping those.
create or replace function ats.results(since timestamptz default '-infinity')
returns table (resource text, account text, ats_id text, state text, sparkhire_uuid uuid, status text, issues jsonb, changed_at timestamptz)
language sql stable as $$
  select 'users', account, ats_id, state, sparkhire_uuid, null::text, issues, changed_at from ats.user_sync where changed_at > since
  union all
  select 'jobs', account, ats_id, state, sparkhire_uuid, null, issues, changed_at from ats.job_sync where changed_at > since
  union all
  select 'interviews', account, ats_id, state, sparkhire_uuid, status, issues, changed_at from ats.interview_sync where changed_at > since
  union all
  select 'share_requests', account, ats_id, state, null, null, issues, changed_at from ats.share_request_sync where changed_at > since
  order by changed_at
$$;
comment on function ats.results(timestamptz) is 'What is new of all rows since a changed_at, in its order; the views ats.*_sync have the rest of each row.';
