-- What Spark Hire changed alone and was accepted in silence is looked at once more: pending invitations on a job that was
-- deleted or is not their row's any more, jobs that were made inactive, and users who were disabled.
insert into sync.desired_queue (account, resource, ats_id)
select l.account, 'interviews', l.ats_id
from sparkhire.interviews m
join sync.links l on l.account = m.account and l.resource = 'interviews' and l.uuid = m.uuid
left join sparkhire.jobs j on j.account = m.account and j.uuid = m.job_uuid
left join sync.links lj on lj.account = l.account and lj.resource = 'jobs' and lj.ats_id = l.base #>> '{job,ats}'
where m.status in ('requested', 'accepted') and m.deleted_at is null and (j.deleted_at is not null or lj.uuid <> m.job_uuid);

insert into sync.desired_queue (account, resource, ats_id)
select l.account, 'jobs', l.ats_id
from sync.links l join sparkhire.jobs m on m.account = l.account and m.uuid = l.uuid
where l.resource = 'jobs' and l.base #>> '{status,ats}' = 'active' and m.status <> 'active' and m.deleted_at is null;

insert into sync.desired_queue (account, resource, ats_id)
select l.account, 'users', l.ats_id
from sync.links l
join sparkhire.users m on m.account = l.account and m.uuid = l.uuid
join ats.users a on a.account = l.account and a.ats_id = l.ats_id
where l.resource = 'users' and a.active and m.active = false and m.deleted_at is null;
