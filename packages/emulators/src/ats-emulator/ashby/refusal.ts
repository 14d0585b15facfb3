/** A request that cannot be done: the code that Ashby would give, and words. */
export class Refusal extends Error {
  readonly code: string;
  /** Where the request did not even come so far; undefined: an answer like any other, which says that it failed. */
  readonly status: number | undefined;

  constructor(code: string, message: string, status?: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const invalid = (message: string) => new Refusal('invalid_input', message);
export const notFound = (what: string) => new Refusal(`${what}_not_found`, `There is no such ${what}`);
