import { z } from 'zod';
import type { Calls } from '../calls.js';
import {
  asObject,
  asStatus,
  asText,
  asTimestamp,
  asUuid,
  companyRefSchema,
  detail,
  identity,
  isObject,
  type OddField,
  objectOf,
  type Parsed,
  personSchema,
} from '../fields.js';
import { checkInput, emailInput, nonEmpty, uuidInput } from '../input.js';
import type { Listing, Read } from '../reading.js';
import type { CallOptions } from '../request.js';
import { type ShareLinkStatus, shareLinkStatusInput } from './interview-share-link.js';

const jobTitleSchema = objectOf({ uuid: asUuid, title: asText });

/** An interview shown by an advanced link. `uuid` is the interview's, `item_uuid` that of its place here. */
export interface SharedInterview {
  uuid: string;
  item_uuid: string | null;
  type: string | null;
  scheduled_at: string | null;
  completed_at: string | null;
  job: Parsed<typeof jobTitleSchema> | null;
}

function asSharedInterviews(value: unknown, odd?: OddField[]): SharedInterview[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((item): SharedInterview[] => {
    const uuid = isObject(item) ? (asUuid(item.interview_uuid) ?? asUuid(item.uuid)) : null;
    if (!isObject(item) || uuid === null) {
      odd?.push({ path: '', value: item, as: null });
      return [];
    }
    return [
      {
        uuid,
        item_uuid: asUuid(item.interview_uuid) === null ? null : asUuid(item.uuid),
        type: asText(item.type),
        scheduled_at: asTimestamp(item.scheduled_at),
        completed_at: asTimestamp(item.completed_at),
        job: asObject(jobTitleSchema)(item.job ?? item.job_post),
      },
    ];
  });
}

/** An advanced share link: several interviews for one reviewer. `interviews` is undefined in a list. */
export const advancedShareLinkSchema = objectOf({
  uuid: identity,
  url: asText,
  status: asStatus,
  reviewer: asObject(personSchema),
  created_by: asObject(personSchema),
  updated_by: asObject(personSchema),
  company: asObject(companyRefSchema),
  interviews: detail(asSharedInterviews),
  created_at: asTimestamp,
  updated_at: asTimestamp,
});
export type AdvancedShareLink = Parsed<typeof advancedShareLinkSchema>;

export const shareLinkCreateInput = z.lazy(() =>
  z
    .strictObject({
      status: z.enum(['active', 'inactive']),
      reviewers: z.array(z.strictObject({ name: nonEmpty, email: emailInput })).min(1),
      /** The interviews' own uuids. */
      interviews: z.array(z.strictObject({ uuid: uuidInput })).min(1),
      send_email: z.boolean().optional(),
    })
    // No e-mail is asked for by leaving the field out.
    .transform(({ send_email, ...rest }) => (send_email === true ? { ...rest, send_email } : rest)),
);
export type ShareLinkCreate = z.input<typeof shareLinkCreateInput>;

/** Needs the plan's feature `advanced_share_links`. */
export interface ShareLinks {
  list(options?: CallOptions): Promise<Listing<AdvancedShareLink>>;
  get(uuid: string, options?: CallOptions): Promise<Read<AdvancedShareLink>>;
  /** One link for each reviewer. */
  create(input: ShareLinkCreate, options?: CallOptions): Promise<Read<AdvancedShareLink>[]>;
  update(uuid: string, input: ShareLinkStatus, options?: CallOptions): Promise<Read<AdvancedShareLink>>;
  remove(uuid: string, options?: CallOptions): Promise<void>;
}

export function shareLinks(calls: Calls): ShareLinks {
  const one = (uuid: string) => ({ template: '/share_links/:uuid', params: [uuid] });
  return {
    list: (options) => calls.list({ template: '/share_links' }, advancedShareLinkSchema, options),
    get: (uuid, options) => calls.get(one(uuid), advancedShareLinkSchema, options),
    async create(input, options) {
      const body = checkInput('shareLinks.create', shareLinkCreateInput, input);
      return calls.createSeveral({ template: '/share_links' }, body, advancedShareLinkSchema, options);
    },
    async update(uuid, input, options) {
      const body = checkInput('shareLinks.update', shareLinkStatusInput, input);
      return calls.update(one(uuid), body, advancedShareLinkSchema, options);
    },
    remove: (uuid, options) => calls.remove(one(uuid), options),
  };
}
