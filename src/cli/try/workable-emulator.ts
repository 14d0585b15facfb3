import {
  defaultToken,
  startWorkableEmulator,
  type WorkableEmulator,
  type WorkableOptions,
  type WorkableSwitches,
  workableSwitchTable,
} from '#emulators/ats-emulator/workable/index';
import type { Logger } from '../../log.js';
import {
  type AtsFlags,
  atsOptionsFrom,
  type Environment,
  type Listening,
  secretFrom,
  withPort,
} from './emulator-flags.js';

/** `sparkhire-sync emulator --ats workable`. @throws SyncError USAGE naming the option that cannot be used */
export async function startWorkable(flags: AtsFlags, env: Environment, logger: Logger): Promise<Listening> {
  const token = secretFrom('--key-env', flags.keyEnv, env, defaultToken);
  const limit = { requests: 10, seconds: 10 };
  const options: WorkableOptions = {
    ...atsOptionsFrom<WorkableSwitches>(flags, limit, workableSwitchTable),
    token,
  };
  const emulator = await withPort(options, () => startWorkableEmulator({ ...options, logger }));
  return {
    described: described(emulator),
    introduction: introduction(emulator, flags),
    close: () => emulator.close(),
  };
}

function described({ url, port, origin, state, rate }: WorkableEmulator) {
  return {
    url,
    port,
    control: `${origin}/_control`,
    jobs: state.jobs.size,
    candidates: state.candidates.size,
    rate_limit: rate.limit,
    rate_window_seconds: rate.windowMs / 1000,
  };
}

function introduction({ origin, url, access, state, rate }: WorkableEmulator, flags: AtsFlags): string {
  // A token that was given is somebody's own: it is named, not shown.
  const token = flags.keyEnv === undefined ? access.token : `"$${flags.keyEnv}"`;
  const some = [...state.candidates.values()].find(({ disqualified }) => !disqualified);
  return `The emulated Workable (API v3) listens on ${url}
  ${state.jobs.size} jobs, ${state.candidates.size} candidates; ${rate.limit} requests per ${rate.windowMs / 1000} s

To connect the service to it:
  export ATS_KIND=workable
  export ATS_BASE_URL=${url}
  export ATS_API_KEY=${token}

To look inside and to make things happen (no token, not counted):
  GET    ${origin}/_control                 what there is
  GET    ${origin}/_control/state           the tables; also /requests, /deliveries, /subscriptions
  PATCH  ${origin}/_control/switches        {"commentTouches": "yes"}
  POST   ${origin}/_control/faults          {"path": "/candidates", "count": 1, "effect": {"kind": "status", "status": 503}}
  POST   ${origin}/_control/clock           {"advanceSeconds": 3600}
  POST   ${origin}/_control/act/apply       {"stage": "Video interview"}
  POST   ${origin}/_control/act/disqualify  {"candidate_id": "${some?.id ?? '27270001'}"}

Ctrl-C stops it; what it holds is then gone.
`;
}
