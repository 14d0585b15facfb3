/** Values of settings that several schemas share; each says in words what it wants. */
import { z } from 'zod';

/** Text from the environment counts as a number; anything else must be one. */
export function number(check: (schema: z.ZodNumber) => z.ZodNumber) {
  // A bound without words of its own is told by what it is. A fraction is no whole number, though a number.
  const wanted = check(
    z.number({
      error: ({ code, expected }) =>
        code !== 'invalid_type'
          ? undefined
          : expected === 'int'
            ? 'must be a whole number'
            : 'must be a number',
    }),
  );
  return z.preprocess((value) => {
    if (typeof value !== 'string') return value;
    return /^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/.test(value) ? Number(value) : value;
  }, wanted);
}

export const positiveInteger = number((n) => n.int().positive('must be greater than 0'));
export const seconds = number((n) =>
  n.positive('must be greater than 0').max(86_400, 'must be at most a day'),
);

export const httpUrl = z.string('must be an address').refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
}, 'must be an http or https address without credentials and query');

export const yesOrNo = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean('must be true or false'),
);
