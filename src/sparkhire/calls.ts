/** The shapes of call every resource is made of. */
import { ApiError } from './api-error.js';
import type { OddField, Schema } from './fields.js';
import { checkInput, uuidInput } from './input.js';
import {
  type Listing,
  type Read,
  readEcho,
  readEchoIfAny,
  readOne,
  readRows,
  readSeveral,
} from './reading.js';
import type { CallOptions, RequestSpec, Send } from './request.js';

export interface Calls {
  /** A GET that answers a list. */
  list<T>(spec: Partial<RequestSpec> & Target, schema: Schema<T>, options?: CallOptions): Promise<Listing<T>>;
  /** A GET that answers one object. */
  get<T>(spec: Target, schema: Schema<T>, options?: CallOptions): Promise<Read<T>>;
  /** The same where there may be no object; null if `isNone` says so of the answer's body. */
  getIfAny<T>(
    spec: Target,
    schema: Schema<T>,
    isNone: (json: unknown) => boolean,
    options?: CallOptions,
  ): Promise<Read<T> | null>;
  create<T>(spec: Target, body: unknown, schema: Schema<T>, options?: CallOptions): Promise<Read<T>>;
  createSeveral<T>(spec: Target, body: unknown, schema: Schema<T>, options?: CallOptions): Promise<Read<T>[]>;
  /** A PUT; where it answers nothing, or something else than the object, that is read again. */
  update<T>(spec: Target, body: unknown, schema: Schema<T>, options?: CallOptions): Promise<Read<T>>;
  remove(spec: Target, options?: CallOptions): Promise<void>;
  send: Send;
}

export interface Target {
  template: string;
  params?: readonly string[];
}

/** Told of fields of an answer that have another form than their names promise. */
export type OddObserver = (route: string, odd: readonly OddField[]) => void;

/** @param readAgain for reading what a change answered nothing about; `send` unless given */
export function createCalls(send: Send, readAgain: Send = send, onOdd: OddObserver = () => {}): Calls {
  const checked = <S extends Target>(target: S): S => {
    for (const param of target.params ?? []) checkInput('uuid', uuidInput, param);
    return target;
  };
  function watched<T>(route: string, read: (odd: OddField[]) => T): T {
    const odd: OddField[] = [];
    const result = read(odd);
    if (odd.length > 0) onOdd(route, odd);
    return result;
  }
  const get: Calls['get'] = async (target, schema, options) =>
    send(
      { method: 'GET', ...checked(target) },
      ({ json }) => watched(`GET ${target.template}`, (odd) => readOne(schema, json, odd)),
      options,
    );

  return {
    send,
    get,
    getIfAny: async (target, schema, isNone, options) =>
      send(
        { method: 'GET', ...checked(target) },
        ({ json }) => (isNone(json) ? null : readEcho(schema, json)),
        options,
      ),
    list: async (spec, schema, options) =>
      send(
        { ...checked(spec), method: 'GET' },
        // "There's nothing to return": a list without rows, or a range behind the last one.
        ({ status, json, serverDate }) => ({
          rows: status === 204 ? [] : watched(`GET ${spec.template}`, (odd) => readRows(schema, json, odd)),
          serverDate,
        }),
        options,
      ),
    create: async (target, body, schema, options) =>
      send({ method: 'POST', ...checked(target), body }, ({ json }) => readEcho(schema, json), options),
    createSeveral: async (target, body, schema, options) =>
      send({ method: 'POST', ...checked(target), body }, ({ json }) => readSeveral(schema, json), options),
    async update(target, body, schema, options) {
      const echo = await send(
        { method: 'PUT', ...checked(target), body },
        // Accepted is accepted: to repeat it for an answer of another shape might mail a candidate again.
        ({ json }) => readEchoIfAny(schema, json),
        options,
      );
      // What had to be said before the change left is not said again before looking at it.
      const { lane = 'write', signal } = options ?? {};
      if (echo !== null) return echo;
      try {
        return await readAgain({ method: 'GET', ...target }, ({ json }) => readOne(schema, json), {
          lane,
          signal,
        });
      } catch (error) {
        throw error instanceof ApiError ? error.withOutcome('done') : error;
      }
    },
    remove: async (target, options) =>
      send({ method: 'DELETE', ...checked(target) }, () => undefined, options),
  };
}
