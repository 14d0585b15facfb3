-- Listed question sets may come without their questions: then each is read by itself.
alter table sparkhire.question_sets
  add column details_due boolean not null default true,
  add column details_at timestamptz;

-- A list without any question may be one that was left out.
update sparkhire.question_sets set questions = null where questions = '[]';
update sparkhire.question_sets set details_due = false where jsonb_typeof(questions) = 'array';

create index question_sets_details_due_idx on sparkhire.question_sets (account, uuid) where details_due;

comment on column sparkhire.question_sets.questions is 'The questions as Spark Hire lists them; where the listing leaves them out, read from the single set, null until then.';
comment on column sparkhire.question_sets.details_due is 'Internal: the listing left the questions out, and the single set has yet to be read since the row last changed.';
comment on column sparkhire.question_sets.details_at is 'When the single set was last read; null where the listing carries the questions.';
