/** A deliberate fault of the program: a place in the code, and what is put there instead. */
export interface Mutant {
  /** What the program does wrong with it. */
  name: string;
  /** In src/. */
  file: string;
  /** Stands there once. */
  find: string;
  put: string;
  /** Events by which it shows, and settings: of many seeds those that have most of these are played. */
  by?: readonly string[];
  given?: Readonly<Record<string, unknown>>;
}
export const mutants: readonly Mutant[];
