import { z } from 'zod';
import type { Calls } from '../calls.js';
import {
  asObject,
  asStatus,
  asText,
  asTimestamp,
  identity,
  objectOf,
  type Parsed,
  personSchema,
} from '../fields.js';
import { checkInput } from '../input.js';
import type { Read } from '../reading.js';
import type { CallOptions } from '../request.js';

/** An interview's basic share link. `status`: active links can be viewed, inactive ones cannot. */
export const basicShareLinkSchema = objectOf({
  uuid: identity,
  url: asText,
  type: asText,
  status: asStatus,
  updated_by: asObject(personSchema),
  created_at: asTimestamp,
  updated_at: asTimestamp,
});
export type BasicShareLink = Parsed<typeof basicShareLinkSchema>;

export const shareLinkStatusInput = z.lazy(() => z.strictObject({ status: z.enum(['active', 'inactive']) }));
export type ShareLinkStatus = z.input<typeof shareLinkStatusInput>;

/** Completed interviews have one each, once it is created. */
export interface InterviewShareLink {
  create(interviewUuid: string, options?: CallOptions): Promise<Read<BasicShareLink>>;
  /** With or without the link's own uuid the answer is the same. */
  get(interviewUuid: string, linkUuid?: string, options?: CallOptions): Promise<Read<BasicShareLink>>;
  update(
    interviewUuid: string,
    linkUuid: string,
    input: ShareLinkStatus,
    options?: CallOptions,
  ): Promise<Read<BasicShareLink>>;
}

export function interviewShareLink(calls: Calls): InterviewShareLink {
  const only = (interview: string) => ({ template: '/interviews/:uuid/share_link', params: [interview] });
  const one = (interview: string, link: string) => ({
    template: '/interviews/:uuid/share_link/:uuid',
    params: [interview, link],
  });
  return {
    create: (interview, options) => calls.create(only(interview), undefined, basicShareLinkSchema, options),
    get: (interview, link, options) =>
      calls.get(link === undefined ? only(interview) : one(interview, link), basicShareLinkSchema, options),
    async update(interview, link, input, options) {
      const body = checkInput('interviews.shareLink.update', shareLinkStatusInput, input);
      return calls.update(one(interview, link), body, basicShareLinkSchema, options);
    },
  };
}
