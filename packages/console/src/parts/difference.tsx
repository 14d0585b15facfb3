/** Values side by side, with what differs marked. */
import { Fragment } from 'preact';

const longestMarked = 600;

/** Words of `text` that `other` does not have at its place, by the longest run of words both have. */
export function Marked({ text, other, kind }: { text: string; other: string; kind: 'del' | 'ins' }) {
  if (text === '') return <span class="none">nothing</span>;
  if (other === '' || text === other) return <>{text}</>;
  const [mine, theirs] = [wordsOf(text), wordsOf(other)];
  if (mine.length > longestMarked || theirs.length > longestMarked) return <>{text}</>;
  const kept = keptIn(mine, theirs);
  const parts: Array<{ isKept: boolean; words: string }> = [];
  for (const [at, word] of mine.entries()) {
    const last = parts.at(-1);
    if (last !== undefined && last.isKept === kept[at]) last.words += word;
    else parts.push({ isKept: kept[at]!, words: word });
  }
  return (
    <>
      {parts.map(({ isKept, words }, at) => (
        <Fragment key={`${at} ${words}`}>
          {isKept ? words : kind === 'del' ? <del>{words}</del> : <ins>{words}</ins>}
        </Fragment>
      ))}
    </>
  );
}

const wordsOf = (text: string) => text.match(/\s+|[\p{L}\p{N}]+|./gsu) ?? [];

/** Which of these are in the longest common sequence. */
function keptIn(mine: readonly string[], theirs: readonly string[]): boolean[] {
  const lengths = Array.from({ length: mine.length + 1 }, () => new Uint16Array(theirs.length + 1));
  for (let a = mine.length - 1; a >= 0; a -= 1)
    for (let b = theirs.length - 1; b >= 0; b -= 1)
      lengths[a]![b] =
        mine[a] === theirs[b]
          ? lengths[a + 1]![b + 1]! + 1
          : Math.max(lengths[a + 1]![b]!, lengths[a]![b + 1]!);
  const kept = mine.map(() => false);
  let [a, b] = [0, 0];
  while (a < mine.length && b < theirs.length) {
    if (mine[a] === theirs[b]) {
      kept[a] = true;
      a += 1;
      b += 1;
    } else if (lengths[a + 1]![b]! >= lengths[a]![b + 1]!) a += 1;
    else b += 1;
  }
  return kept;
}
