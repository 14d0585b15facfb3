/** What is stored of somebody who was erased: that there is an interview, of which job, in which state, since when. */
import { identitiesIn, without } from '../forgotten/content.js';
import { type Forgotten, type Identity, nameOf } from '../forgotten/hashes.js';
import { impersonal, personalOfInterview, personalOfShareLink } from '../forgotten/personal-data.js';
import type { MirrorRow, TableName } from './tables.js';

/** Rows as they came, those of whoever was erased without what is personal. One statement for all of them. */
export async function withoutForgotten(
  forgotten: Forgotten,
  name: TableName,
  rows: readonly MirrorRow[],
): Promise<MirrorRow[]> {
  const identities = identifiers[name];
  if (identities === undefined) return [...rows];
  const ofRow = new Map(rows.map((row) => [row, identities(row)]));
  const found = await forgotten.find([...ofRow.values()].flat());
  if (found.size === 0) return [...rows];
  const kept: MirrorRow[] = [];
  for (const [row, theirs] of ofRow) {
    const known = theirs.filter((identity) => found.has(nameOf(identity)));
    if (known.length === 0) {
      kept.push(row);
      continue;
    }
    // Once the address is gone the rest still tells whose it is.
    if (name === 'interviews' && known.length < theirs.length) await forgotten.add(known[0]!, theirs);
    kept.push(emptied(name, row, found));
  }
  return kept;
}

const text = (value: unknown) => (typeof value === 'string' ? value : null);
const identity = (kind: Identity['kind'], value: unknown): Identity[] => {
  const known = text(value);
  return known === null ? [] : [{ kind, value: known }];
};

const identifiers: Partial<Record<TableName, (row: MirrorRow) => Identity[]>> = {
  interviews: ({ uuid, columns }) => [
    ...identity('email', columns.candidate_email),
    ...identity('candidate', columns.candidate_uuid),
    ...identity('interview', uuid),
  ],
  interview_questions: ({ columns }) => identity('interview', columns.interview_uuid),
  share_links: ({ raw }) => identitiesIn(raw),
};

const picked = (raw: unknown, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(raw as object).filter(([key]) => keys.includes(key)));

function emptied(name: TableName, row: MirrorRow, found: ReadonlySet<string>): MirrorRow {
  if (name === 'interview_questions') return { ...row, raw: picked(row.raw, ['uuid']) };
  if (name === 'interviews') {
    const columns = { ...row.columns, ...Object.fromEntries(personalOfInterview.map((one) => [one, null])) };
    return { ...row, columns, raw: picked(row.raw, impersonal) };
  }
  const isReviewer = found.has(nameOf({ kind: 'email', value: text(row.columns.reviewer_email) ?? '' }));
  if (!isReviewer) return { ...row, raw: without(found, row.raw) };
  const columns = { ...row.columns, ...Object.fromEntries(personalOfShareLink.map((one) => [one, null])) };
  return { ...row, columns, raw: picked(row.raw, ['uuid', 'status', 'created_at', 'updated_at']) };
}
