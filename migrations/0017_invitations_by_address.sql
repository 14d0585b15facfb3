-- Who is invited under another key, whichever job the new row names; by name as long as the row has no address.
create index interviews_email_idx on ats.interviews (account, lower(left(candidate_email, 300)));
create index interviews_unaddressed_idx on ats.interviews (account, lower(left(candidate_name, 300)))
  where coalesce(candidate_email, '') !~ '[^@[:space:]]@[^@[:space:]]';
