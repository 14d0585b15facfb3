import { deletedObject, forbidden, invisibleObject, unknownObject } from './http/api-error.js';
import type { AdvancedLink, Interview, Job, QuestionSet, User } from './records.js';
import type { State } from './state.js';
import type { Switches } from './switches.js';

/**
 * Who sees what. Administrators see the company. Standard users see the jobs they made or are on, the interviews
 * they made and those of their jobs. Evaluators see the jobs they are on with their interviews, and change nothing.
 */
export class Visibility {
  readonly #state: State;
  readonly #switches: Switches;

  constructor(state: State, switches: Switches) {
    this.#state = state;
    this.#switches = switches;
  }

  /** Whether everything that is not hidden is visible: then lists need no filter. */
  seesAll(user: User): boolean {
    return user.role === 'administrator' && this.#state.hidden.size === 0;
  }

  seesUser(user: User, other: User): boolean {
    if (this.#state.hidden.has(other.uuid)) return false;
    return (
      user.role === 'administrator' || this.#switches.standardSeesUsers === 'all' || user.uuid === other.uuid
    );
  }

  seesJob(user: User, job: Job): boolean {
    if (this.#state.hidden.has(job.uuid)) return false;
    return user.role === 'administrator' || job.createdBy === user.uuid || job.members.has(user.uuid);
  }

  seesInterview(user: User, interview: Interview): boolean {
    if (this.#state.hidden.has(interview.uuid)) return false;
    if (user.role === 'administrator') return true;
    if (user.role === 'standard' && interview.createdBy === user.uuid) return true;
    const job = this.#state.anyJob(interview.jobUuid);
    return job !== undefined && (job.createdBy === user.uuid || job.members.has(user.uuid));
  }

  seesShareLink(user: User, link: AdvancedLink): boolean {
    return user.role === 'administrator' || link.createdBy === user.uuid;
  }

  requireUser(user: User, uuid: string): User {
    const found = this.#state.users.get(uuid);
    if (!found) {
      const former = this.#state.deleted.users.get(uuid);
      if (former && this.#switches.deletedUser !== '404') return former;
      throw former ? deletedObject('user') : unknownObject('user');
    }
    if (!this.seesUser(user, found)) throw invisibleObject('user');
    return found;
  }

  requireJob(user: User, uuid: string): Job {
    const found = this.#state.jobs.get(uuid);
    if (!found) {
      const former = this.#state.deleted.jobs.get(uuid);
      if (former && this.#switches.deletedJob !== '404' && this.seesJob(user, former)) return former;
      throw former ? deletedObject('job') : unknownObject('job');
    }
    if (!this.seesJob(user, found)) throw invisibleObject('job');
    return found;
  }

  /** For a change: what was deleted may still be readable, but it stays as it is. */
  requireChangeableUser(user: User, uuid: string): User {
    if (this.#state.deleted.users.has(uuid)) throw deletedObject('user');
    return this.requireUser(user, uuid);
  }

  requireChangeableJob(user: User, uuid: string): Job {
    if (this.#state.deleted.jobs.has(uuid)) throw deletedObject('job');
    return this.requireJob(user, uuid);
  }

  requireInterview(user: User, uuid: string): Interview {
    const found = this.#state.interviews.get(uuid);
    if (!found) {
      throw this.#state.deleted.interviews.has(uuid)
        ? deletedObject('interview')
        : unknownObject('interview');
    }
    if (!this.seesInterview(user, found)) throw invisibleObject('interview');
    return found;
  }

  requireQuestionSet(uuid: string): QuestionSet {
    const found = this.#state.questionSets.get(uuid);
    if (found) return found;
    throw this.#state.deleted.questionSets.has(uuid)
      ? deletedObject('question set')
      : unknownObject('question set');
  }

  requireShareLink(user: User, uuid: string): AdvancedLink {
    const found = this.#state.shareLinks.get(uuid);
    if (!found) {
      throw this.#state.deleted.shareLinks.has(uuid)
        ? deletedObject('share link')
        : unknownObject('share link');
    }
    if (!this.seesShareLink(user, found)) throw invisibleObject('share link');
    return found;
  }

  requireAdministrator(user: User): void {
    if (user.role !== 'administrator') {
      throw forbidden('api.administrator_required', 'Only an administrator of the account may do this.');
    }
  }

  /** Evaluators look at things; they change nothing. */
  requireWriter(user: User): void {
    if (user.role === 'evaluator') {
      throw forbidden('api.not_allowed', 'An evaluator may not change anything.');
    }
  }
}
