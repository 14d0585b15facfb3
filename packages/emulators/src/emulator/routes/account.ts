import { type Answer, type Call, ok } from '../core.js';
import { unknownObject } from '../http/api-error.js';

export function getMe({ core, user }: Call): Answer {
  return ok(core.render.me(user));
}

export function getPlan({ core }: Call): Answer {
  return ok(core.render.plan());
}

export function getCompany({ core, params }: Call): Answer {
  if (params.uuid !== core.state.company.uuid) throw unknownObject('company');
  return ok(core.render.company());
}
