import { z } from 'zod';
import { type Answer, type Call, created, noContent, ok } from '../core.js';
import { ApiError, conflict, forbidden } from '../http/api-error.js';
import { email, parseBody, text } from '../http/input.js';
import {
  createKey,
  createUser,
  deleteUser,
  editUser,
  integrationKeyOf,
  requireFreeEmail,
  rotateKey,
} from '../life/user-life.js';
import type { ApiKey, User } from '../records.js';

const newUser = z.object({ name: text, email, role: z.enum(['administrator', 'standard']) });
const userChanges = z.object({ name: text.optional(), email: email.optional() });

export function listUsers({ core, user }: Call): Answer {
  const seen = [...core.state.users.values()].filter((other) => core.visibility.seesUser(user, other));
  return ok(seen.map((other) => core.render.user(other)));
}

export function postUser({ core, user, body }: Call): Answer {
  core.visibility.requireAdministrator(user);
  return created(core.render.user(createUser(core, parseBody(newUser, body)), true));
}

export function getUser({ core, user, params }: Call): Answer {
  return ok(core.render.user(core.visibility.requireUser(user, params.uuid!)));
}

export function putUser({ core, user, params, body }: Call): Answer {
  const other = core.visibility.requireChangeableUser(user, params.uuid!);
  if (user.role !== 'administrator' && user !== other) {
    throw forbidden('api.not_allowed', 'Only an administrator or the user may change the user.');
  }
  const changes = parseBody(userChanges, body);
  if (changes.email !== undefined) requireFreeEmail(core, changes.email, other);
  const former = core.render.user(other);
  editUser(core, other, changes);
  return created(core.switches.updateEcho === 'old' ? former : core.render.user(other));
}

export function removeUser({ core, user, params }: Call): Answer {
  core.visibility.requireAdministrator(user);
  const other = core.visibility.requireChangeableUser(user, params.uuid!);
  if (other === user) throw conflict('user.is_self', 'Nobody can delete himself.');
  deleteUser(core, other);
  return noContent;
}

/** Integration keys are for administrators of a company with a custom integration. */
function keyOwner({ core, user, params }: Call, mayAsk = false): User {
  if (!mayAsk) core.visibility.requireAdministrator(user);
  if (!core.state.plan.customIntegration) {
    throw forbidden('api.custom_integration_required', 'The account has no custom integration.');
  }
  return core.visibility.requireChangeableUser(user, params.uuid!);
}

function requireKey(call: Call): ApiKey {
  const key = integrationKeyOf(call.core, keyOwner(call));
  if (!key) throw missingKey();
  return key;
}

export function postKey(call: Call): Answer {
  const { core } = call;
  const owner = keyOwner(call);
  const existing = integrationKeyOf(core, owner);
  if (existing) {
    if (core.switches.existingKey === 'refused') {
      throw conflict('api_key.exists', 'The user already has an integration key.');
    }
    if (core.switches.existingKey === 'new') rotateKey(core, existing);
  }
  return created(core.render.apiKey(existing ?? createKey(core, owner, true)));
}

export function getKey(call: Call): Answer {
  const isOwn = call.user.uuid === call.params.uuid;
  const key = integrationKeyOf(call.core, keyOwner(call, isOwn && call.core.switches.ownKeyReadable));
  return key === undefined ? noKey(call) : ok(call.core.render.apiKey(key));
}

function noKey({ core }: Call): Answer {
  switch (core.switches.missingKey) {
    case '204':
      return noContent;
    case 'null':
      return ok(null);
    case 'empty-object':
      return ok({});
    case 'key-null':
      return ok({ key: null });
    case 'empty-array':
      return ok([]);
    case '400':
      throw new ApiError(400, 'api_key.none', 'The user has no integration key.');
    case '405':
      throw new ApiError(405, 'api.method_not_allowed', 'There is nothing to read here.');
    default:
      throw missingKey();
  }
}

function missingKey(): ApiError {
  return new ApiError(404, 'api_key.not_found', 'The user has no integration key.');
}

export function putKey(call: Call): Answer {
  const key = requireKey(call);
  if (call.core.switches.keyUpdate === 'rotates') rotateKey(call.core, key);
  else key.updatedAt = call.core.clock.now();
  return created(call.core.render.apiKey(key));
}

export function removeKey(call: Call): Answer {
  call.core.state.keys.delete(requireKey(call).key);
  return noContent;
}
