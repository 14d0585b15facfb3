-- What a person decides about a conflict holds for the values they saw: each change of these is another revision.
alter table sync.conflicts add column revision integer not null default 1;
comment on column sync.conflicts.revision is 'Goes up by one whenever the values of the open conflict change; a person decides on one revision.';

create function sync.next_conflict_revision() returns trigger language plpgsql as $$
begin
  new.revision := old.revision + 1;
  return new;
end $$;
-- Here, so that no writer of conflicts can forget it. Other words for the same values are no revision, and neither is
-- another size of the listing: each sweep tells a mass disappearance anew, and it is about the rows that are missing.
create trigger conflict_revision before update on sync.conflicts
  for each row when (old.resolved_at is null and new.resolved_at is null
    and (old.uuid, old.base_value, old.ats_value, case old.kind when 'mass_disappearance'
        then old.sparkhire_value - array['known', 'listed'] else old.sparkhire_value end)
      is distinct from (new.uuid, new.base_value, new.ats_value, case new.kind when 'mass_disappearance'
        then new.sparkhire_value - array['known', 'listed'] else new.sparkhire_value end))
  execute function sync.next_conflict_revision();

-- Conflicts of a row, open or not: asked for once for each row that is decided.
create index conflicts_row_idx on sync.conflicts (account, resource, ats_id);
-- Rows of a reviewer: asked for once for each share link whose row is gone.
create index desired_rows_reviewer_idx on sync.desired_rows (account, regexp_replace(ats_id, '^.*/', ''))
  where resource = 'share_links';
-- What took a slot or seat lately: asked for with each reading of the plan.
create index intents_room_idx on sync.intents (account, resource, sent_at)
  where state = 'confirmed' and detail ->> 'room' = 'takes';
