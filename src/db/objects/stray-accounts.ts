/** Accounts that rows of the ATS name, and that nobody has ever worked for: mostly a slip of whoever writes the rows. */

const named = ['users', 'jobs', 'interviews', 'share_requests'].map(
  (table) => `(with recursive n(account) as (
     (select account from ats.${table} order by account limit 1)
     union all select (select t.account from ats.${table} t where t.account > n.account order by t.account limit 1)
       from n where n.account is not null)
   select account from n where account is not null)`,
);

/** A statement without parameters: their names, as `account`. It steps from name to name, however many rows there are. */
export const strayAccounts = `select account from (${named.join(' union ')}) n
  where not exists (select from sync.accounts a where a.account = n.account)`;

export const strayRemedy =
  'Correct the column `account` of these rows: it is the name of an account of the settings, to the letter, and `default` where the writer gives none. Or add that account to the settings.';
