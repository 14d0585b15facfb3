-- Live interviews that took place: the ATS says so.
comment on column ats.interviews.desired is 'invited, canceled or, for live interviews that took place, completed; null is invited.';
