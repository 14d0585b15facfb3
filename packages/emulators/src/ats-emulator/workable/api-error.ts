/** A request that is refused. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const notFound = () => new Refusal(404, 'Not found');
export const unprocessable = (message: string) => new Refusal(422, message);
