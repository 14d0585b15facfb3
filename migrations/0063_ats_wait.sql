-- An ATS that asks for no requests for hours is asked by no other process meanwhile.
set local lock_timeout = '5s';
alter table sync.ats_cursors add column wait_until timestamptz;
comment on column sync.ats_cursors.wait_until is 'Until when the ATS asked for no more requests, where that was more than a minute and a half (429). Null where it never did.';
