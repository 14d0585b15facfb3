/** Packages that look like those which rows name in vain: keys are compared to the letter, and people see none of it. */
import type { Transaction } from '../../db/database.js';
import { longestLine } from '../../text/lines.js';

interface Naming {
  package: string | null;
  has_package: boolean;
}

function look(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Z}]/gu, '').toLowerCase();
}

/** @returns the package that is likely meant; undefined if none is, or the row's own is there */
export async function likelyPackages(
  tx: Transaction,
  account: string,
  records: readonly unknown[],
): Promise<(record: unknown) => string | undefined> {
  const isLost = (record: unknown) => {
    const { package: name, has_package: has } = record as Naming;
    return typeof name === 'string' && !has;
  };
  if (!records.some(isLost)) return () => undefined;
  const packages = await tx.query<{ package: string }>(
    'select package from ats.packages where account = $1 and deleted_at is null and length(package) <= $2',
    [account, longestLine],
  );
  const byLook = new Map(packages.map((row) => [look(row.package), row.package]));
  return (record) => (isLost(record) ? byLook.get(look((record as Naming).package!)) : undefined);
}
