-- What the policies for users and the limits of the plan mean for what is written and shown.
comment on column ats.users.active is 'False for somebody who left: proposed to a person; by the setting policies.users.withdrawn the user is deleted.';
comment on column ats.users.deleted_at is 'Set it to withdraw the row; deleting the row does the same. The user stays, unless policies.users.withdrawn is delete.';
comment on column sync.conflicts.ats_value is 'What the ATS wants; of a plan_limit what waits for a slot or seat, and since when: {"label", "since"}.';
