-- For which job a package is, where whoever orders it names none. Run again by `sparkhire-sync migrate` where the column is missing.
do $$ begin
  if to_regclass('ats.packages') is not null then
    if not exists (select from pg_attribute where attrelid = 'ats.packages'::regclass and attname = 'job_ats_id' and not attisdropped) then
      alter table ats.packages add column job_ats_id text;
    end if;
    comment on column ats.packages.job_ats_id is 'The row of ats.jobs that the package is for. Needed only where an ATS orders packages itself and names no job.';
  end if;
end $$;
