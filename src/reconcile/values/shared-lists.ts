/** All reviewers of a request have its lists in common: what is asked of a list, or of two, is found out once. */

/** @param judge depends on the list alone, which nobody changes */
export function onceForList<A extends object, R>(judge: (list: A) => R): (list: A) => R {
  const found = new WeakMap<A, { is: R }>();
  return (list) => {
    const known = found.get(list) ?? { is: judge(list) };
    found.set(list, known);
    return known.is;
  };
}

/** @param compare depends on the two lists alone, which nobody changes */
export function onceForLists<A extends object, B extends object, R>(
  compare: (one: A, other: B) => R,
): (one: A, other: B) => R {
  const of = onceForList((one: A) => onceForList((other: B) => compare(one, other)));
  return (one, other) => of(one)(other);
}
