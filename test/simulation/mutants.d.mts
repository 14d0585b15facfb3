/** A deliberate fault of the program: a place in the code, and what is put there instead. */
export interface Mutant {
  /** What the program does wrong with it. */
  name: string;
  /** In src/. */
  file: string;
  /** Stands there once. */
  find: string;
  put: string;
}
export const mutants: readonly Mutant[];
