-- A row of the ATS is in one of these states: the program has a table of the moves between them. Rows that are there are
-- looked at by the next migration, in a transaction that holds no writer up.
alter table sync.desired_rows add constraint desired_rows_state_known
  check (state in ('pending', 'held', 'rejected', 'conflict', 'in_flight', 'synced', 'gone')) not valid;
