-- Who was skipped is found by what the ATS knows of them, and by their address.
alter table sync.ats_skipped add column candidate_id text;
alter table sync.ats_skipped add column address bytea;
create index ats_skipped_application_idx on sync.ats_skipped (account, application_id);
create index ats_skipped_candidate_idx on sync.ats_skipped (account, candidate_id) where candidate_id is not null;
create index ats_skipped_address_idx on sync.ats_skipped (account, address) where address is not null;

create function sync.address_mark(text) returns bytea language sql immutable parallel safe
  return sha256(convert_to(sync.likeness($1), 'UTF8'));
comment on function sync.address_mark is 'Equal for addresses that may be the same: found by it, not readable from it.';
comment on column sync.ats_skipped.candidate_id is 'The ATS''s own identifier of the candidate; null where they were not read, are anonymized or were erased.';
comment on column sync.ats_skipped.address is 'sync.address_mark of their e-mail address: the address of who is not invited is not kept. Null where it is not known.';
