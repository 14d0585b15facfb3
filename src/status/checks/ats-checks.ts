/** The checks of a connected ATS: of `ats check`, and of `doctor`. */
import type { AccountSession } from '../../account-session.js';
import { packagesThere } from '../../connectors/standing-rows.js';
import { subscriptionProblem } from '../../connectors/subscriptions.js';
import { judgeClock } from '../doctor.js';
import { type Check, checksOf } from './check.js';

/** None where no ATS is connected. */
export async function checkAts({ account, ats, db, signal }: AccountSession): Promise<Check[]> {
  if (ats === undefined || account.ats === undefined) return [];
  const results = checksOf(account.name);
  const { passed, warned, failed } = results;
  const checks = (await ats.check(signal)).map(({ check, level, detail, remedy }) => {
    if (level === 'failed') return failed(check, detail, remedy ?? '');
    return level === 'warning' ? warned(check, detail, remedy ?? '') : passed(check, detail);
  });
  const aheadMs = ats.aheadMs();
  // A copy has the clock of the database, which is looked at anyway.
  if (aheadMs !== null && ats.missingSaysNothing !== true)
    checks.push(judgeClock('ats_clock', `${ats.title}'s clock`, aheadMs, 1000, results));
  const problem = await subscriptionProblem({ db, account: account.name, source: ats.kind });
  if (problem !== null)
    checks.push(
      warned('ats_webhooks', problem, 'Until then the ATS is read with each tick, and nothing is missed.'),
    );
  const { triggers, packages } = account.ats;
  const there = await packagesThere(db, account.name);
  for (const { name } of packages) there.add(name);
  const missing = [...new Set(triggers.map((trigger) => trigger.package))].filter((name) => !there.has(name));
  if (missing.length > 0) {
    checks.push(
      failed(
        'ats_packages',
        `there is no package ${missing.map((name) => `“${name}”`).join(', ')}: neither in the settings nor in ats.packages`,
        'Describe it in `packages`, or write it into ats.packages; people are skipped until it is there.',
      ),
    );
  } else if (triggers.length > 0) {
    checks.push(passed('ats_packages', 'every package of the triggers is there'));
  }
  return checks;
}
