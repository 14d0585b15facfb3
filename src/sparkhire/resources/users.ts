/** A file a resource has its schema, its type and its calls. */
import { z } from 'zod';
import type { Calls } from '../calls.js';
import {
  asBoolean,
  asEmail,
  asObject,
  asText,
  asTimestamp,
  companyRefSchema,
  detail,
  identity,
  isObject,
  objectOf,
  type Parsed,
  personSchema,
  Unreadable,
} from '../fields.js';
import { checkInput, emailInput, nonEmpty, someField } from '../input.js';
import type { Listing, Read } from '../reading.js';
import type { CallOptions } from '../request.js';

/** A company user. `role` comes back from the creation only: undefined elsewhere; unknown roles are kept. */
export const userSchema = objectOf({
  uuid: identity,
  name: asText,
  email: asEmail,
  role: detail(asText),
  active: asBoolean,
  avatar: asText,
  company: asObject(companyRefSchema),
  created_at: asTimestamp,
  updated_at: asTimestamp,
});
export type User = Parsed<typeof userSchema>;

function keyText(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Unreadable('holds no key');
}

/** A user's API key: a secret. */
export const integrationKeySchema = objectOf({
  key: keyText,
  description: asText,
  type: asText,
  last_used_at: asTimestamp,
  created_at: asTimestamp,
  updated_at: asTimestamp,
  user: asObject(personSchema),
});
export type IntegrationKey = Parsed<typeof integrationKeySchema>;

export const userCreateInput = z.lazy(() =>
  z.strictObject({
    name: nonEmpty,
    email: emailInput,
    role: z.enum(['administrator', 'standard']),
  }),
);
export type UserCreate = z.input<typeof userCreateInput>;

/** Only these two can be changed over the API; not the role. */
export const userUpdateInput = z.lazy(() =>
  someField(z.strictObject({ name: nonEmpty.optional(), email: emailInput.optional() })),
);
export type UserUpdate = z.input<typeof userUpdateInput>;

/** Nothing at all, or the place of a key without one. What is of another kind is not guessed at. */
function holdsNoKey(json: unknown): boolean {
  if (json === undefined || json === null) return true;
  if (Array.isArray(json)) return json.length === 0;
  if (!isObject(json)) return false;
  return 'key' in json ? json.key === null || json.key === '' : Object.keys(json).length === 0;
}

export interface Users {
  /** All users the key sees; there is no paging. */
  list(options?: CallOptions): Promise<Listing<User>>;
  get(uuid: string, options?: CallOptions): Promise<Read<User>>;
  /** Sends the new user an e-mail and may cost money. Administrators only. */
  create(input: UserCreate, options?: CallOptions): Promise<Read<User>>;
  update(uuid: string, input: UserUpdate, options?: CallOptions): Promise<Read<User>>;
  /** The user's keys stop working. Administrators only. */
  remove(uuid: string, options?: CallOptions): Promise<void>;
  /** Needs an administrator's key and a custom integration. What these answer is secret. */
  integrationKey: {
    /** null if the user has none; how that is answered is not documented: a 404 or another refusal may mean it too. */
    get(userUuid: string, options?: CallOptions): Promise<Read<IntegrationKey> | null>;
    create(userUuid: string, options?: CallOptions): Promise<Read<IntegrationKey>>;
    /** Makes a new key in place of the old one. */
    replace(userUuid: string, options?: CallOptions): Promise<Read<IntegrationKey>>;
    remove(userUuid: string, options?: CallOptions): Promise<void>;
  };
}

export function users(calls: Calls): Users {
  const one = (uuid: string) => ({ template: '/users/:uuid', params: [uuid] });
  const keyOf = (uuid: string) => ({ template: '/users/:uuid/integration_key', params: [uuid] });
  return {
    list: (options) => calls.list({ template: '/users' }, userSchema, options),
    get: (uuid, options) => calls.get(one(uuid), userSchema, options),
    create: async (input, options) =>
      calls.create(
        { template: '/users' },
        checkInput('users.create', userCreateInput, input),
        userSchema,
        options,
      ),
    update: async (uuid, input, options) =>
      calls.update(one(uuid), checkInput('users.update', userUpdateInput, input), userSchema, options),
    remove: (uuid, options) => calls.remove(one(uuid), options),
    integrationKey: {
      get: (uuid, options) => calls.getIfAny(keyOf(uuid), integrationKeySchema, holdsNoKey, options),
      create: (uuid, options) => calls.create(keyOf(uuid), undefined, integrationKeySchema, options),
      replace: (uuid, options) => calls.update(keyOf(uuid), undefined, integrationKeySchema, options),
      remove: (uuid, options) => calls.remove(keyOf(uuid), options),
    },
  };
}
