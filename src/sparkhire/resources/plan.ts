import type { Calls } from '../calls.js';
import { asInteger, asObject, asText, asTimestamp, isObject, objectOf, type Parsed } from '../fields.js';
import { type Read, ShapeProblem } from '../reading.js';
import type { CallOptions } from '../request.js';

const slots = { limit: asInteger, remaining: asInteger };
const slotsSchema = objectOf(slots);
const userSlotsSchema = objectOf({ ...slots, paid: asInteger });
const downgradeSchema = objectOf({ name: asText, at: asTimestamp });

export type Features = Record<string, boolean>;

/**
 * Features by name, whether the plan has them. The document shows a map of booleans and says nothing of it; so a list of
 * names, a list of objects with a name, and objects, numbers or words for booleans are understood as well. A feature of
 * which neither yes nor no is told is left out: Spark Hire judges. null where nothing can be told.
 */
export function asFeatures(value: unknown): Features | null {
  if (!Array.isArray(value)) {
    if (!isObject(value)) return null;
    return features(Object.entries(value).map(([name, said]) => [name, isOn(said)]));
  }
  return features(
    value.map((item: unknown) => {
      if (!isObject(item)) return [asText(item), true];
      const name = asText(item.key ?? item.code ?? item.slug ?? item.feature ?? item.name);
      // Whatever is listed is there, unless it says otherwise.
      return [name, saidOf(item) === undefined ? true : isOn(item)];
    }),
  );
}

function features(told: ReadonlyArray<readonly [string | null, boolean | null]>): Features {
  const known = told.filter((one): one is [string, boolean] => one[0] !== null && one[1] !== null);
  return Object.fromEntries(known);
}

const yes: readonly unknown[] = [
  true,
  '1',
  'true',
  'yes',
  'y',
  'on',
  'enabled',
  'active',
  'included',
  'available',
];
const no: readonly unknown[] = [false, '0', 'false', 'no', 'n', 'off', 'disabled', 'inactive', 'unavailable'];

/** −1 is unlimited here too. null where it tells neither. */
function isOn(said: unknown): boolean | null {
  const value = isObject(said) ? saidOf(said) : said;
  if (typeof value === 'number') return value !== 0;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  return yes.includes(word) ? true : no.includes(word) ? false : null;
}

function saidOf({ enabled, active, available, included, value, status }: Record<string, unknown>): unknown {
  return enabled ?? active ?? available ?? included ?? value ?? status;
}

/** A plan. Slots of −1 are unlimited. `renews_at` is also spelled `renews`; `features` is missing in GET /me. */
export const planSchema = objectOf({
  name: asText,
  started_at: asTimestamp,
  renews_at: asTimestamp,
  renews: asTimestamp,
  jobs: asObject(slotsSchema),
  users: asObject(userSlotsSchema),
  downgrades_to: asObject(downgradeSchema),
  features: asFeatures,
}).transform(({ renews, renews_at, ...rest }) => ({ ...rest, renews_at: renews_at ?? renews }));
export type Plan = Parsed<typeof planSchema>;

/** What a plan says of its slots or seats: free ones, or all there are, taken or not. */
export type SlotsTold =
  | { kind: 'unlimited' }
  | { kind: 'free'; free: number }
  | { kind: 'limit'; limit: number }
  | { kind: 'nothing' };

/** −1 is unlimited; but one user too many may be −1 as well, and yet another would cost money. */
export function slotsTold(resource: 'users' | 'jobs', plan: Plan): SlotsTold {
  const { limit = null, remaining = null } = plan[resource] ?? {};
  const isOver = resource === 'users' && limit !== null && limit >= 0;
  if (limit === -1 || (remaining === -1 && !isOver)) return { kind: 'unlimited' };
  if (remaining !== null) return { kind: 'free', free: Math.max(0, remaining) };
  return limit === null ? { kind: 'nothing' } : { kind: 'limit', limit: Math.max(0, limit) };
}

export interface PlanCalls {
  /** `raw` is the plan without the envelope it comes in. */
  get(options?: CallOptions): Promise<Read<Plan>>;
}

export function plan(calls: Calls): PlanCalls {
  return {
    get: (options) => calls.send({ method: 'GET', template: '/plan' }, ({ json }) => readPlan(json), options),
  };
}

function readPlan(json: unknown): Read<Plan> {
  const raw = isObject(json) && isObject(json.plan) ? json.plan : json;
  // A plan has no uuid; without a name or slots it is something else.
  if (!isObject(raw) || !('name' in raw || 'jobs' in raw || 'users' in raw)) {
    throw new ShapeProblem('the body holds no plan');
  }
  return { value: planSchema.parse(raw), raw };
}
