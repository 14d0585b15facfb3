/** The checks of `doctor` that look for another sparkhire-sync at work on the same account, and for a database that moved. */
import type { AccountSession } from '../../account-session.js';
import { query } from '../../db/database.js';
import { movedReason } from '../../db/locks/home.js';
import type { CallOptions, Client, Me } from '../../sparkhire/client.js';
import { isOfAnother, listWebhooks } from '../../webhooks/register.js';
import type { Check, CheckResults } from './check.js';

type Ask = <T>(call: (client: Client, options: CallOptions) => Promise<T>) => Promise<T>;

/** @returns nothing where all is well */
export function checkPlace({ place }: AccountSession, { failed }: CheckResults): Check[] {
  if (!place.moved) return [];
  return [
    failed(
      'database_moved',
      `nothing is written to Spark Hire: ${movedReason}`,
      'If nothing else writes for this account any more, look at `sparkhire-sync plan` and release it with `sparkhire-sync apply --approve CHECKSUM`; else use an account of its own.',
    ),
  ];
}

/** @returns nothing where no other account of this database is known to be of the same company */
export async function checkCompany(
  { db, account }: AccountSession,
  { warned }: CheckResults,
  { company }: Me,
): Promise<Check[]> {
  const others = await query<{ account: string }>(
    db,
    `select account from sparkhire.companies where uuid = $1 and account <> $2 and deleted_at is null order by 1`,
    [company?.uuid ?? null, account.name],
  );
  if (others.length === 0) return [];
  const names = others.map((other) => `"${other.account}"`).join(', ');
  const are = others.length === 1 ? `account ${names} is` : `accounts ${names} are`;
  return [
    warned(
      'same_company',
      `${are} of the same company in Spark Hire${company?.name ? `, ${company.name}` : ''}`,
      'Two accounts that work for one company may invite the same person twice, and together they may make twice as many requests as it allows: keep one of them in the settings. If this account only got another name, give it the former one again: what was sent is kept under that name.',
    ),
  ];
}

/** One request. @returns nothing where nobody else is found, or nobody can tell */
export async function checkOthers(
  session: AccountSession,
  { warned }: CheckResults,
  ask: Ask,
): Promise<Check[]> {
  const checks: Check[] = [];
  try {
    const webhooks = await ask((client, { signal = session.signal }) =>
      listWebhooks({ ...session, client, signal }),
    );
    const others = webhooks.filter(isOfAnother);
    if (others.length > 0) {
      const where = others.map(({ uuid, url }) => `${url ?? 'no address'} (${uuid})`).join(', ');
      checks.push(
        warned(
          'other_installations',
          `another sparkhire-sync works for this account, or did: its webhook leads to ${where}`,
          'Two that write for one account invite people twice: stop one of them, with `sparkhire-sync webhooks unregister` there. If it is gone, remove what it left with `sparkhire-sync webhooks unregister --other UUID`.',
        ),
      );
    }
  } catch {
    session.signal.throwIfAborted();
    // The check of the webhooks tells what is wrong with them.
  }
  const [refused] = await query<{ times: number }>(
    session.db,
    `select coalesce(sum(rate_limited), 0)::int as times from sync.runs
     where account = $1 and started_at > clock_timestamp() - interval '1 day'`,
    [session.account.name],
  );
  if (refused!.times > 0) {
    checks.push(
      warned(
        'rate_limit',
        `Spark Hire answered ${refused!.times} requests of the last day with 429, though never more were sent than the settings allow`,
        'Something else makes requests for this account: look for another sparkhire-sync, or lower SPARKHIRE_RATE_LIMIT to leave room for other programs.',
      ),
    );
  }
  const unexplained = await readUnexplained(session);
  if (unexplained > 0) {
    const [were, belong] =
      unexplained === 1 ? ['1 interview', 'belongs'] : [`${unexplained} interviews`, 'belong'];
    checks.push(
      warned(
        'unexplained_writes',
        `${were} of the last 7 days, sent by the user of this account's key, ${belong} to no row here`,
        'If somebody invites by hand as that user, all is well. If nobody does, another sparkhire-sync or another program writes for this account: stop one of the two, since both may invite the same person.',
      ),
    );
  }
  return checks;
}

/**
 * Interviews sent with the key's own user, since this program first wrote for the account, that it did not send: another
 * installation without a webhook shows in nothing else.
 */
async function readUnexplained({ db, account }: AccountSession): Promise<number> {
  const [found] = await query<{ many: number }>(
    db,
    `select count(*)::int as many from sparkhire.interviews m
     join sync.accounts a on a.account = m.account and a.key_user_uuid = m.created_by_uuid
     where m.account = $1 and m.updated_at > now() - interval '7 days' and m.deleted_at is null
       and m.created_at > greatest(now() - interval '7 days', (select min(linked_at) - interval '1 minute' from sync.links l
         where l.account = $1 and l.resource = 'interviews' and l.how = 'created'))
       and not exists (select from sync.links l
         where l.account = $1 and l.resource = 'interviews' and l.uuid = m.uuid)
       and not exists (select from sync.intents i
         where i.account = $1 and i.state in ('sent', 'unknown') and i.resource = 'interviews')`,
    [account.name],
  );
  return found!.many;
}
