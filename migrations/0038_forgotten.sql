-- Candidates who were erased, known by keyed hashes alone. No role is granted anything here.
create table sync.forgotten (
  account text not null default 'default',
  hash text not null,
  kind text not null,
  person uuid not null,
  forgotten_at timestamptz not null default clock_timestamp(),
  erased_at timestamptz,
  primary key (account, hash)
);
create table sync.forgotten_key (
  id integer primary key default 1,
  key bytea not null
);

-- Whether anybody was erased from an account. Volatile, so that it sees what was committed while its statement waited for a lock.
create function sync.forgets(of_account text) returns boolean language plpgsql volatile as $$
begin
  return exists (select from sync.forgotten f where f.account = of_account and f.erased_at is not null);
end $$;

comment on table sync.forgotten is 'Candidates who were erased (`sparkhire-sync forget`): nobody of them is invited or stored again.';
comment on column sync.forgotten.account is 'The account of this program that they were erased from.';
comment on column sync.forgotten.hash is 'HMAC-SHA256 of what they are known by, with the key in sync.forgotten_key.';
comment on column sync.forgotten.kind is 'email, candidate or interview (uuids of Spark Hire), ats_candidate (an id of a connected ATS).';
comment on column sync.forgotten.person is 'The same for all hashes of one person; made at random.';
comment on column sync.forgotten.forgotten_at is 'From when on they are not invited any more.';
comment on column sync.forgotten.erased_at is 'When their data was erased; null while a write to Spark Hire of them is waited for.';
comment on table sync.forgotten_key is 'The key of the hashes in sync.forgotten, made at random.';
comment on column sync.forgotten_key.id is 'There is one row.';
comment on column sync.forgotten_key.key is 'Without it, and it alone, no hash can be compared with an address.';
comment on function sync.forgets is 'Whether anybody was erased from the account.';
comment on column sync.ats_skipped.reason is 'before_from, prospect, not_active, left_stage, confidential_job, private, anonymized, may_not_email, no_email, forgotten, already_invited, unmapped_package, draft_job or another_writer: the first that holds.';
