import type { Random } from '../../emulation/random.js';
import type { Interview, Job, User } from '../records.js';
import type { State } from '../state.js';
import type { Switches } from '../switches.js';
import type { Visibility } from '../visibility.js';
import { ApiError, invalid } from './api-error.js';
import type { Collection, KeyOf } from './ordering.js';

interface Order<T> {
  /** Identifies the key, with whatever it depends on. */
  name: string;
  key: KeyOf<T>;
  descending: boolean;
}

interface Filter<T> {
  /** Identifies the filter; empty: none. */
  name: string;
  accepts: (record: T) => boolean;
}

/** A page of a list: order, filter and range as the query asks, under the switches. */
export class Lists {
  readonly #state: State;
  readonly #switches: Switches;
  readonly #visibility: Visibility;
  readonly #chaos: Random;
  /** Filtered rows by what they depend on; the stamp tells whether they still hold. */
  readonly #views = new Map<string, { stamp: string; rows: readonly unknown[] }>();

  constructor(state: State, switches: Switches, visibility: Visibility, chaos: Random) {
    this.#state = state;
    this.#switches = switches;
    this.#visibility = visibility;
    this.#chaos = chaos;
  }

  jobs(user: User, query: URLSearchParams): Job[] {
    const statuses = this.#values(query, 'status', ['active', 'inactive']);
    const keys: Record<string, Order<Job>['key']> = {
      title: (job) => job.title.toLowerCase(),
      location: (job) => job.location.address.toLowerCase(),
      updated: this.#time((job) => job.updatedAt),
      created: this.#time((job) => job.createdAt),
    };
    return this.#page('jobs', this.#state.jobs, user, query, {
      order: this.#order(query, keys, ['title', 'updated', 'created', 'location']),
      filter: {
        name: statuses.join(),
        accepts: (job) => statuses.length === 0 || statuses.includes(job.status),
      },
      visible: (job) => this.#visibility.seesJob(user, job),
    });
  }

  interviews(user: User, query: URLSearchParams): Interview[] {
    const types = this.#values(query, 'type', ['one_way', 'live']);
    const statuses = this.#values(query, 'status', [
      'accepted',
      'requested',
      'completed',
      'expired',
      'canceled',
      ...(this.#switches.canceledSpelling === 'cancelled' ? ['cancelled'] : []),
    ]).map((status) => (status === 'cancelled' ? 'canceled' : status));
    const keys: Record<string, Order<Interview>['key']> = {
      scheduled: this.#time((interview) => interview.scheduledAt),
      completed: this.#time((interview) => interview.completedAt),
      updated: this.#time((interview) => interview.updatedAt),
      created: this.#time((interview) => interview.createdAt),
      candidate: (interview) => interview.candidate.name.toLowerCase(),
      company: () => 0,
      job: (interview) => this.#state.anyJob(interview.jobUuid)?.title.toLowerCase() ?? '',
    };
    const documented = ['scheduled', 'completed', 'updated', 'candidate', 'company', 'job'];
    return this.#page('interviews', this.#state.interviews, user, query, {
      order: this.#order(query, keys, documented),
      filter: {
        name: types.length + statuses.length === 0 ? '' : `${types.join()}|${statuses.join()}`,
        accepts: (interview) =>
          (types.length === 0 || types.includes(interview.type)) &&
          (statuses.length === 0 || statuses.includes(interview.status)),
      },
      visible: (interview) => this.#visibility.seesInterview(user, interview),
    });
  }

  #page<T extends { seq: number; uuid: string }>(
    name: 'jobs' | 'interviews',
    collection: Collection<T>,
    user: User,
    query: URLSearchParams,
    asked: { order: Order<T>; filter: Filter<T>; visible: (record: T) => boolean },
  ): T[] {
    const { order, filter } = asked;
    const ordered = collection.ordered(order.name, order.key);
    const all = this.#visibility.seesAll(user);
    let rows = ordered;
    if (!all || filter.name !== '') {
      const stamp = [
        collection.version,
        this.#state.jobs.version,
        this.#state.users.version,
        this.#state.hidden.size,
      ].join('.');
      const cacheKey = [name, all ? '' : user.uuid, order.name, filter.name].join('/');
      const cached = this.#views.get(cacheKey);
      if (cached?.stamp === stamp) rows = cached.rows as readonly T[];
      else {
        rows = ordered.filter((record) => filter.accepts(record) && (all || asked.visible(record)));
        this.#views.delete(cacheKey);
        this.#views.set(cacheKey, { stamp, rows });
        if (this.#views.size > 24) this.#views.delete(this.#views.keys().next().value!);
      }
    }
    const range = this.#range(query, rows.length);
    return this.#cut(rows, order, range.from, range.to);
  }

  /** Zero-based, end exclusive. */
  #range(query: URLSearchParams, total: number): { from: number; to: number } {
    const text = query.getAll('range').at(-1);
    let from = 0;
    let to = this.#switches.defaultPageSize ?? total;
    if (text !== undefined) {
      const match = /^(\d{1,12})-(\d{1,12})$/.exec(text);
      const first = this.#switches.rangeFrom === 'zero' ? 0 : 1;
      from = Number(match?.[1]) - first;
      to = Number(match?.[2]) - first + 1;
      if (from === -1 && this.#switches.rangeFrom === 'one-or-zero') from = 0;
      if (!match || from < 0 || to <= from) {
        throw invalid('api.invalid_range', 'The range must look like 1-20.');
      }
      if (from >= total && from > 0 && this.#switches.endOfList !== 'empty') {
        const status = Number(this.#switches.endOfList);
        throw new ApiError(status, 'api.range_out_of_bounds', 'The range lies past the end of the list.');
      }
    }
    if (this.#switches.pageCap !== null) to = Math.min(to, from + this.#switches.pageCap);
    to = Math.min(to, total);
    if (this.#switches.shortPages === 'random' && to - from > 1) {
      to = from + this.#chaos.between(1, to - from);
    }
    return { from, to: Math.max(to, from) };
  }

  #cut<T>(rows: readonly T[], order: Order<T>, from: number, to: number): T[] {
    const at = order.descending ? (i: number) => rows[rows.length - 1 - i]! : (i: number) => rows[i]!;
    const page: T[] = [];
    if (this.#switches.ties === 'stable') {
      for (let i = from; i < to; i++) page.push(at(i));
      return page;
    }
    // Each group of equal keys that the page touches is shuffled as a whole, so the page holds any of its rows.
    let start = from;
    while (start > 0 && start < rows.length && order.key(at(start - 1)) === order.key(at(start))) start--;
    for (let i = start; i < to; ) {
      const key = order.key(at(i));
      const group: T[] = [];
      for (; i < rows.length && order.key(at(i)) === key; i++) group.push(at(i));
      this.#chaos.shuffle(group);
      for (const row of group.slice(0, to - start - page.length)) page.push(row);
    }
    return page.slice(from - start);
  }

  #order<T>(query: URLSearchParams, keys: Record<string, KeyOf<T>>, documented: string[]): Order<T> {
    let text: string = this.#switches.defaultOrder;
    const asked = query.getAll('orderby').at(-1);
    if (asked !== undefined) {
      const known = /^([a-z]+)_(?:asc|desc)$/.exec(asked);
      if (known && documented.includes(known[1]!)) text = asked;
      else if (this.#switches.unknownQuery === '400') {
        throw invalid('api.invalid_orderby', 'The list cannot be sorted by this.');
      }
    }
    const [field, direction] = text.split('_') as [string, string];
    return {
      name: `${field}/${this.#switches.timestampFormat === 'fractional'}/${this.#switches.nullOrder}`,
      key: keys[field]!,
      descending: direction === 'desc',
    };
  }

  /** Sorts by what is shown: whole seconds, unless fractions are. */
  #time<T>(timeOf: (record: T) => number | null): KeyOf<T> {
    const unit = this.#switches.timestampFormat === 'fractional' ? 1 : 1000;
    const absent = this.#switches.nullOrder === 'first' ? -Infinity : Infinity;
    return (record) => {
      const time = timeOf(record);
      return time === null ? absent : Math.floor(time / unit);
    };
  }

  #values(query: URLSearchParams, name: string, known: string[]): string[] {
    const values: string[] = [];
    for (const [key, value] of query) {
      if (key !== `${name}[]` && key !== name && !(key.startsWith(`${name}[`) && key.endsWith(']'))) continue;
      if (known.includes(value)) values.push(value);
      else if (this.#switches.unknownQuery === '400') {
        throw invalid('api.invalid_filter', `The list cannot be filtered by this ${name}.`);
      }
    }
    return [...new Set(values)].sort();
  }
}
