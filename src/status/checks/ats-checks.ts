/** The checks of a connected ATS: of `ats check`, and of `doctor`. */
import type { AccountSession } from '../../account-session.js';
import { readCursor, readFailure } from '../../connectors/pull/cursor.js';
import { unreadWords } from '../../connectors/pull/unshown.js';
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
    if (level === 'ok') return passed(check, detail);
    const tell = level === 'failed' ? failed : warned;
    return tell(check, detail, beyondCheck(remedy ?? ''));
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
  const words = unreadWords(ats.title, (await readCursor(db, account.name, ats.kind)).position.unread);
  if (words !== null)
    checks.push(
      warned(
        'ats_unread',
        `when last asked for, ${words}`,
        'Open them in the ATS: what is wrong with them, or hides them from the credential, has to be mended there. They are asked for again automatically; nobody is withdrawn for it.',
      ),
    );
  const failure = await readFailure(db, account.name, ats.kind);
  if (failure !== null) {
    const { code, message, since } = failure;
    const isRefused = code === 'ATS_FORBIDDEN' || code === 'ATS_ACCESS_REFUSED';
    const remedy = isRefused
      ? `Give the credential the right for what is named here. Each tick tries again; \`sparkhire-sync ats pull\` does so at once.`
      : 'Each tick tries again; `sparkhire-sync ats pull` does so at once.';
    const tell = isRefused ? failed : warned;
    checks.push(tell('ats_reading', `no reading has succeeded since ${since}: ${code}: ${message}`, remedy));
  }
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

/** Some errors send to the very check that tells them. */
function beyondCheck(remedy: string): string {
  return remedy
    .replace(/; `sparkhire-sync ats check` says which are missing\.$/, '.')
    .replace(
      /^Run `sparkhire-sync ats check`.*/,
      'Report it with what is told here, if the ATS does not explain it.',
    );
}
