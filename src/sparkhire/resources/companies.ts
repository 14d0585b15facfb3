import type { Calls } from '../calls.js';
import {
  asObject,
  asPlainObject,
  asText,
  asTimestamp,
  identity,
  isObject,
  locationSchema,
  objectOf,
  type Parsed,
} from '../fields.js';
import type { Read } from '../reading.js';
import type { CallOptions } from '../request.js';

const urlsSchema = objectOf({
  url: asText,
  mobile: asText,
  embed: asText,
  thumbnail: asText,
});

/** GET /companies/:uuid. `horizontal_logo` is also spelled `horizontal_log`. */
export const companySchema = objectOf({
  uuid: identity,
  name: asText,
  website: asText,
  summary: asText,
  avatar: asText,
  horizontal_logo: asText,
  horizontal_log: asText,
  social: asPlainObject,
  location: asObject(locationSchema),
  video: asObject(urlsSchema),
  /** The name of the industry. */
  industry: (value) => (isObject(value) ? asText(value.name) : asText(value)),
  created_at: asTimestamp,
  updated_at: asTimestamp,
}).transform(({ horizontal_log, horizontal_logo, ...rest }) => ({
  ...rest,
  horizontal_logo: horizontal_logo ?? horizontal_log,
}));
export type Company = Parsed<typeof companySchema>;

export interface Companies {
  /** Only the key's own company can be read. */
  get(uuid: string, options?: CallOptions): Promise<Read<Company>>;
}

export function companies(calls: Calls): Companies {
  return {
    get: (uuid, options) =>
      calls.get({ template: '/companies/:uuid', params: [uuid] }, companySchema, options),
  };
}
