/** A request that is refused. */
export class Refusal extends Error {
  readonly status: number;
  /** The parameter or field that is wrong, where it is one. */
  readonly field: string | undefined;

  constructor(status: number, message: string, field?: string) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

export const unprocessable = (message: string, field?: string) => new Refusal(422, message, field);
