-- An order of somebody who was erased: their row is gone, and the ATS is not to be told that it was canceled.
set local lock_timeout = '5s';
alter table sync.orders add column erased_at timestamptz;
comment on column sync.orders.erased_at is 'When its candidate was erased (forget): what becomes of the interview is not told any more. Null: they were not.';
update sync.orders o set erased_at = now(), told = null, problem = null, tell_at = null
where (select 1 from ats.interviews i where i.account = o.account and i.ats_id = o.ats_id limit 1) is null
  and exists (select from sync.intents t where t.account = o.account and t.resource = 'interviews' and t.ats_id = o.ats_id
    and t.detail ? 'erased');
