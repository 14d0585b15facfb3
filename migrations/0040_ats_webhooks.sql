-- Webhooks of a connected ATS that this program makes by its API: some have no list to find them again by.
alter table sync.ats_cursors add column webhooks jsonb;
comment on column sync.ats_cursors.webhooks is 'Webhooks that were made in the ATS: "values" is what is remembered of them, such as their ids; "problem" what was wrong with them when they were last looked after. Nothing secret. Null before.';
