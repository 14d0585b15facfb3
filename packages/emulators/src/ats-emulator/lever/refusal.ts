/** A request that is refused. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const badRequest = (message: string) => new Refusal(400, message);
export const notFound = () => new Refusal(404, 'Resource not found');

/** As errors name themselves. */
export const codes: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'ResourceNotFound',
  413: 'RequestEntityTooLarge',
  429: 'RateLimitExceeded',
  500: 'ServerError',
  503: 'ServiceUnavailable',
};
