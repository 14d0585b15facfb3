import type { Core } from '../core.js';
import { Lists } from '../http/lists.js';
import { Renderer } from '../http/render.js';
import { type AdvancedLink, Interview, type Job, type QuestionSet, type User } from '../records.js';
import { State } from '../state.js';
import { Visibility } from '../visibility.js';

/** What the company held when the last requests came: for answers that lag behind. */
export class Past {
  readonly #core: Core;
  /** As it was before each of them was handled, the latest last. */
  readonly #before: State[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** A request is about to be handled. @param depth how far back may be asked for; 0: nobody asks, and nothing is kept */
  remember(depth: number): void {
    if (depth > 0) this.#before.push(copied(this.#core.state));
    this.#before.splice(0, this.#before.length - depth);
  }

  /** As it was so many requests ago, or as far back as is known. */
  behind(requests: number): Core {
    const state = this.#before.at(-requests) ?? this.#before[0];
    if (state === undefined) return this.#core;
    const { switches, chaos } = this.#core;
    const visibility = new Visibility(state, switches);
    return {
      ...this.#core,
      state,
      visibility,
      lists: new Lists(state, switches, visibility, chaos),
      render: new Renderer(state, switches),
    };
  }
}

function copied(state: State): State {
  const copy = new State(state.ids);
  for (const one of state.users.values()) copy.users.set(one.uuid, { ...one } satisfies User);
  for (const one of state.jobs.values()) {
    const { location, openInterview } = structuredClone({ ...one, members: undefined });
    const members = new Set(one.members);
    copy.jobs.set(one.uuid, { ...one, location, openInterview, members } satisfies Job);
  }
  for (const one of state.interviews.values()) {
    const shareLink = one.shareLink && { ...one.shareLink };
    const fields = { ...one, candidate: { ...one.candidate }, shareLink };
    copy.interviews.set(one.uuid, new Interview(fields, structuredClone(one.questions)));
  }
  for (const one of state.questionSets.values())
    copy.questionSets.set(one.uuid, structuredClone(one) satisfies QuestionSet);
  for (const one of state.shareLinks.values())
    copy.shareLinks.set(one.uuid, structuredClone(one) satisfies AdvancedLink);
  for (const name of ['users', 'jobs', 'interviews'] as const)
    for (const [uuid, one] of state.deleted[name]) copy.deleted[name].set(uuid, one as never);
  for (const name of ['questionSets', 'shareLinks'] as const)
    for (const uuid of state.deleted[name]) copy.deleted[name].add(uuid);
  for (const uuid of state.hidden) copy.hidden.add(uuid);
  copy.company = structuredClone(state.company);
  copy.plan = structuredClone(state.plan);
  return copy;
}
