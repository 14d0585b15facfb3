import { SyncError } from '../../errors.js';
import type { Calls } from '../calls.js';
import { asEmail, asObject, asText, asUuid, companyRef, isObject, objectOf, type Parsed } from '../fields.js';
import { type Read, ShapeProblem } from '../reading.js';
import type { CallOptions } from '../request.js';
import { planSchema } from './plan.js';

/** GET /me: the user of the key. `company` is null for a user without one. */
export const meSchema = objectOf({
  uuid: asUuid,
  name: asText,
  email: asEmail,
  avatar: asText,
  /** `company_user` or `job_seeker`. */
  type: asText,
  company: asObject(objectOf({ ...companyRef, plan: asObject(planSchema) })),
});
export type Me = Parsed<typeof meSchema>;

export interface MeCalls {
  get(options?: CallOptions): Promise<Read<Me>>;
}

export function me(calls: Calls): MeCalls {
  return {
    get: (options) =>
      calls.send(
        { method: 'GET', template: '/me' },
        ({ json }) => {
          if (!isObject(json) || !('type' in json || 'email' in json || 'uuid' in json)) {
            throw new ShapeProblem('the body holds no user');
          }
          return { value: meSchema.parse(json), raw: json };
        },
        options,
      ),
  };
}

/** @throws SyncError KEY_OF_JOB_SEEKER: such a key sees none of the company's data */
export function assertCompanyUser(value: Me): void {
  if (value.type !== 'job_seeker') return;
  throw new SyncError('KEY_OF_JOB_SEEKER', 'The API key belongs to a job seeker, not to a company user.', {
    remedy: "Use the key of one of the company's users, an administrator for the account itself.",
  });
}
