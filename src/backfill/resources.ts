/** The listings of Spark Hire: how each is read and what its rows become. */
import {
  interviewRow,
  jobRow,
  type Origin,
  questionRows,
  questionSetRow,
  shareLinkRow,
  userRow,
} from '../mirror/mapping.js';
import type { MirrorRow } from '../mirror/tables.js';
import { ApiError, type CallOptions, type Client, type Listing, type Read } from '../sparkhire/client.js';

export const resourceNames = [
  'users',
  'jobs',
  'interviews',
  'question_sets',
  'share_links',
  'companies',
  'plans',
] as const;
export type ResourceName = (typeof resourceNames)[number];

/** What ticks look at only now and then. */
export const seldomNames = ['question_sets', 'share_links', 'companies', 'plans'] as const;

/** The resources that come as a listing. */
export type ListedName = 'users' | 'jobs' | 'interviews' | 'question_sets' | 'share_links';

interface ObjectWithUuid {
  uuid: string;
}

export interface ListedResource<T extends ObjectWithUuid> {
  name: ListedName;
  row(read: Read<T>, origin: Origin): MirrorRow;
  get(client: Client, uuid: string, options: CallOptions): Promise<Read<T>>;
  /** Rows of the parts a single object carries; null where it did not carry them. */
  questions?(read: Read<T>): MirrorRow[] | null;
  /** Whether an object that is not listed but can still be read counts as deleted all the same. */
  isDeleted?(value: T): boolean;
}

type Range = [number, number];

/** A listing that is read by ranges, in an order that only grows. */
export interface RangedResource<T extends ObjectWithUuid> extends ListedResource<T> {
  list(client: Client, range: Range, options: CallOptions): Promise<Listing<T>>;
  /** The same as the server answers it; without a range, its first rows. */
  ask(client: Client, range: Range | undefined, options: CallOptions): Promise<Listing<T>>;
  /** The value it is ordered by. */
  sortKey(value: T): string | null;
  /** The same listing by the time of its updates, as ticks read it. */
  listUpdated(client: Client, order: 'asc' | 'desc', range: Range, options: CallOptions): Promise<Listing<T>>;
  /** The value that one is ordered by. */
  updatedKey(value: T): string | null;
}

/** A listing that comes whole in one answer: one consistent look, so it is complete by itself. */
export interface WholeResource<T extends ObjectWithUuid> extends ListedResource<T> {
  listWhole(client: Client, options: CallOptions): Promise<Listing<T>>;
}

/** Statuses that may say of the first range that there is no row at all. */
const refusesRange: ReadonlySet<number | null> = new Set([400, 404, 422]);

/** A list without rows may refuse any range: asked for without one, it shows that it is empty. */
async function orEmpty<T>(ask: (range?: Range) => Promise<Listing<T>>, range: Range): Promise<Listing<T>> {
  try {
    return await ask(range);
  } catch (error) {
    if (range[0] > 1 || !(error instanceof ApiError) || !refusesRange.has(error.status)) throw error;
    const all = await ask();
    if (all.rows.length > 0) throw error;
    return all;
  }
}

function ranged<T extends ObjectWithUuid, By extends string>({
  list,
  sweptBy,
  ...resource
}: Omit<RangedResource<T>, 'ask' | 'list' | 'listUpdated'> & {
  sweptBy: By;
  list(
    client: Client,
    query: { orderby: By | 'updated_asc' | 'updated_desc'; range?: Range },
    options: CallOptions,
  ): Promise<Listing<T>>;
}): RangedResource<T> {
  const by =
    (orderby: By | 'updated_asc' | 'updated_desc', client: Client, options: CallOptions) => (range?: Range) =>
      list(client, { orderby, ...(range && { range }) }, options);
  return {
    ...resource,
    ask: (client, range, options) => by(sweptBy, client, options)(range),
    list: (client, range, options) => orEmpty(by(sweptBy, client, options), range),
    listUpdated: (client, order, range, options) => orEmpty(by(`updated_${order}`, client, options), range),
  };
}

function whole<T extends ObjectWithUuid>(resource: WholeResource<T>): WholeResource<T> {
  return resource;
}

export const rangedResources = {
  jobs: ranged({
    name: 'jobs',
    list: (client, query, options) => client.jobs.list(query, options),
    // A job's creation never changes, so only deletions shift this order.
    sweptBy: 'created_asc',
    sortKey: (job) => job.created_at,
    updatedKey: (job) => job.updated_at ?? job.created_at,
    row: jobRow,
    // A job that can still be read is not gone, inactive or not: a listing may leave inactive ones out.
    get: (client, uuid, options) => client.jobs.get(uuid, options),
  }),
  interviews: ranged({
    name: 'interviews',
    list: (client, query, options) => client.interviews.list(query, options),
    sweptBy: 'updated_asc',
    // One that shows no update was never updated. Should the server order such rows otherwise, the sweep sees it.
    sortKey: (interview) => interview.updated_at ?? interview.created_at,
    updatedKey: (interview) => interview.updated_at ?? interview.created_at,
    row: interviewRow,
    get: (client, uuid, options) => client.interviews.get(uuid, options),
    questions: questionRows,
  }),
};

export const wholeResources = {
  users: whole({
    name: 'users',
    listWhole: (client, options) => client.users.list(options),
    row: userRow,
    get: (client, uuid, options) => client.users.get(uuid, options),
    isDeleted: (user) => user.active === false,
  }),
  question_sets: whole({
    name: 'question_sets',
    listWhole: (client, options) => client.questionSets.list(options),
    row: questionSetRow,
    get: (client, uuid, options) => client.questionSets.get(uuid, options),
  }),
  share_links: whole({
    name: 'share_links',
    listWhole: (client, options) => client.shareLinks.list(options),
    row: shareLinkRow,
    get: (client, uuid, options) => client.shareLinks.get(uuid, options),
  }),
};

/** Which resources have details: a single read carries more than the listing. Of question sets it may do so. */
export const detailedNames = ['jobs', 'interviews', 'question_sets', 'share_links'] as const;
export type DetailedName = (typeof detailedNames)[number];

// Each resource has a type of its own; code that treats them alike sees only what they share.
export function listedResource(name: ListedName): ListedResource<ObjectWithUuid> {
  const all: Record<ListedName, unknown> = { ...rangedResources, ...wholeResources };
  return all[name] as ListedResource<ObjectWithUuid>;
}
