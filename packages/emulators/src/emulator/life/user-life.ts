import type { Core } from '../core.js';
import { ApiError, invalid } from '../http/api-error.js';
import type { ApiKey, Role, User } from '../records.js';
import { mail } from './interview-life.js';

/** @throws ApiError when the e-mail is taken, or no seat is free and the plan does not charge for more */
export function createUser(core: Core, input: { name: string; email: string; role: Role }): User {
  const { state } = core;
  requireFreeEmail(core, input.email);
  if (state.plan.userLimit !== -1 && state.activeUsers() >= state.plan.userLimit) {
    if (core.switches.seatError !== 'charged') {
      throw new ApiError('seat', 'user.no_seats', 'All user seats of the plan are taken.');
    }
    state.plan.usersPaid++;
    state.plan.userLimit++;
  }
  const now = core.clock.now();
  const uuid = state.ids.uuid();
  const user: User = {
    seq: state.nextSeq(),
    uuid,
    name: input.name,
    email: input.email,
    role: input.role,
    active: true,
    avatar: `https://cdn.example.com/avatars/${uuid.slice(0, 8)}.png`,
    createdAt: now,
    updatedAt: now,
  };
  state.users.set(uuid, user);
  mail(core, 'user_welcome', user.email, `Welcome to ${state.company.name}`, uuid);
  return user;
}

export function requireFreeEmail(core: Core, email: string, except?: User): void {
  for (const user of core.state.users.values()) {
    if (user !== except && user.email.toLowerCase() === email.toLowerCase()) {
      throw invalid('user.email_taken', 'There is already a user with this e-mail address.');
    }
  }
}

export function editUser(
  core: Core,
  user: User,
  changes: Partial<Pick<User, 'name' | 'email' | 'role' | 'active'>>,
): void {
  core.state.users.change(user, () => {
    for (const [name, value] of Object.entries(changes)) {
      if (value !== undefined) Object.assign(user, { [name]: value });
    }
    user.updatedAt = core.clock.now();
  });
}

/** The user's keys stop working with him. */
export function deleteUser(core: Core, user: User): void {
  editUser(core, user, { active: false });
  for (const [key, record] of core.state.keys) if (record.userUuid === user.uuid) core.state.keys.delete(key);
  if (core.switches.deletedUser !== 'inactive-and-listed') {
    core.state.users.delete(user.uuid);
    core.state.deleted.users.set(user.uuid, user);
  }
}

/** The user's integration key, of which he has at most one. */
export function integrationKeyOf(core: Core, user: User): ApiKey | undefined {
  for (const key of core.state.keys.values()) {
    if (key.integration && key.userUuid === user.uuid) return key;
  }
  return undefined;
}

export function createKey(core: Core, user: User, integration: boolean, key = core.state.ids.uuid()): ApiKey {
  const now = core.clock.now();
  const record: ApiKey = {
    key,
    userUuid: user.uuid,
    description: integration ? 'Custom integration' : 'Made on the website',
    type: 'external',
    integration,
    lastUsedAt: null,
    createdAt: now,
    updatedAt: now,
  };
  core.state.keys.set(key, record);
  return record;
}

/** Gives the record a new key; the old one stops working. */
export function rotateKey(core: Core, record: ApiKey): void {
  core.state.keys.delete(record.key);
  record.key = core.state.ids.uuid();
  record.updatedAt = core.clock.now();
  core.state.keys.set(record.key, record);
}
