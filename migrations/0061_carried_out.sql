-- Whether an answer was carried out or put aside: so far `acted_at` stood for both.
set local lock_timeout = '5s';
alter table sync.conflicts add column carried_out boolean;
comment on column sync.conflicts.carried_out is 'true once what the person chose was carried out, false once it was put aside: its values were others by then, or nothing was left to do. Null before, for what closed by itself, and for what had ended when this column came.';
comment on column sync.conflicts.acted_at is 'When what the person chose was carried out or put aside (carried_out); null for what closed by itself.';
