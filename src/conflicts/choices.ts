/** What a person can decide about each kind of conflict, and what each decision does. Pure. */

export interface Choice {
  /** What `--take` is given. */
  take: string;
  /** What it does, as a sentence. */
  does: string;
}

export interface Explanation {
  /** What has happened, and what was kept from happening. Sentences. */
  meaning: string[];
  /** What becomes of it if nobody decides. */
  waiting: string;
  choices: Choice[];
  /** What carries a decision out. */
  next: string;
}

/** What an explanation may need to know of the conflict. */
export interface ConflictFacts {
  kind: string;
  resource: string;
  /** The column sparkhire_value. */
  seen: unknown;
}

const byKind: Record<string, (facts: ConflictFacts) => Explanation> = {
  mass_disappearance: ({ resource, seen }) => {
    const { missing, viewChanged } = (seen ?? {}) as { missing?: number; viewChanged?: boolean };
    const rows =
      missing === undefined ? 'The missing rows' : missing === 1 ? 'The row' : `The ${missing} rows`;
    return {
      meaning: [
        `More ${resource} were missing from the listing than a usual day explains. Nothing was marked as deleted.`,
        viewChanged === true
          ? 'The API key is another one than before, or its user lost the administrator right. Rows it may not see look the same as deleted ones.'
          : 'They may have been deleted in Spark Hire, or the API key may no longer be allowed to see them.',
      ],
      waiting: 'It closes by itself with the first sweep that meets the rows again.',
      choices: [
        {
          take: 'sparkhire',
          does: `Believe the listing. ${rows} will be asked for one by one, and each that Spark Hire answers with "not found" is marked as deleted (deleted_at; the row stays). ${
            viewChanged === true
              ? 'Careful: with this key that is every row it may not see, whether it was deleted or not. A row that is seen again later is restored.'
              : 'If the key was demoted, that is every row it may not see any more, deleted or not. A row that is seen again later is restored.'
          } It holds for the next sweep, and only if no more rows than these are missing then.`,
        },
      ],
      next: 'The next sweep carries it out: sparkhire-sync backfill',
    };
  },
};

/** What a conflict means and what can be decided; a kind this version does not know has no choices. */
export function explain(facts: ConflictFacts): Explanation {
  const known = byKind[facts.kind];
  if (known !== undefined) return known(facts);
  return {
    meaning: [`This version does not know conflicts of the kind ${facts.kind}.`],
    waiting: 'It stays open until a version that knows it closes it.',
    choices: [],
    next: 'Nothing can be carried out by this version.',
  };
}
