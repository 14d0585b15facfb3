/** The order in which people count: J-2 comes before J-10. */

const parts = /\d+|\D+/g;
const isNumber = (part: string) => part.charCodeAt(0) >= 48 && part.charCodeAt(0) <= 57;

/** @returns a number below, at or above 0, as `sort` wants it; 0 only for texts that are the same */
export function naturally(a: string, b: string): number {
  const [left, right] = [a.match(parts) ?? [], b.match(parts) ?? []];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [one, other] = [left[index]!, right[index]!];
    if (one === other) continue;
    const found = isNumber(one) && isNumber(other) ? byValue(one, other) : one < other ? -1 : 1;
    if (found !== 0) return found;
  }
  if (left.length !== right.length) return left.length - right.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers of any length, without their zeros in front. */
function byValue(one: string, other: string): number {
  const [left, right] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}
