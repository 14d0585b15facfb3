-- Whatever another hand wrote into a state stays, and is no reason not to start: then only new states are checked.
do $$ begin
  alter table sync.desired_rows validate constraint desired_rows_state_known;
exception when check_violation then
  raise notice 'sync.desired_rows has rows in states that this program does not know';
end $$;
