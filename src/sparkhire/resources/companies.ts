import { z } from 'zod';
import type { Calls } from '../calls.js';
import {
  asObject,
  asPlainObject,
  asText,
  asTimestamp,
  field,
  identity,
  isObject,
  locationSchema,
} from '../fields.js';
import type { Read } from '../reading.js';
import type { CallOptions } from '../request.js';

const urlsSchema = z.object({
  url: field(asText),
  mobile: field(asText),
  embed: field(asText),
  thumbnail: field(asText),
});

/** GET /companies/:uuid. `horizontal_logo` is also spelled `horizontal_log`. */
export const companySchema = z
  .object({
    uuid: identity,
    name: field(asText),
    website: field(asText),
    summary: field(asText),
    avatar: field(asText),
    horizontal_logo: field(asText),
    horizontal_log: field(asText),
    social: field(asPlainObject),
    location: field(asObject(locationSchema)),
    video: field(asObject(urlsSchema)),
    /** The name of the industry. */
    industry: field((value) => (isObject(value) ? asText(value.name) : asText(value))),
    created_at: field(asTimestamp),
    updated_at: field(asTimestamp),
  })
  .transform(({ horizontal_log, horizontal_logo, ...rest }) => ({
    ...rest,
    horizontal_logo: horizontal_logo ?? horizontal_log,
  }));
export type Company = z.infer<typeof companySchema>;

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
