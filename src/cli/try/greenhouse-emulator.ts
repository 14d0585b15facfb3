import {
  defaultClientSecret,
  type GreenhouseEmulator,
  type GreenhouseOptions,
  type GreenhouseSwitches,
  greenhouseSwitchTable,
  startGreenhouseEmulator,
} from '#emulators/ats-emulator/greenhouse/index';
import type { Logger } from '../../log.js';
import {
  type AtsFlags,
  atsOptionsFrom,
  type Environment,
  type Listening,
  secretFrom,
  withPort,
} from './emulator-flags.js';

/** `sparkhire-sync emulator --ats greenhouse`. @throws SyncError USAGE naming the option that cannot be used */
export async function startGreenhouse(flags: AtsFlags, env: Environment, logger: Logger): Promise<Listening> {
  const clientSecret = secretFrom('--secret-env', flags.secretEnv, env, defaultClientSecret);
  const limit = { requests: 50, seconds: 30 };
  const options: GreenhouseOptions = {
    ...atsOptionsFrom<GreenhouseSwitches>(flags, limit, greenhouseSwitchTable),
    clientSecret,
  };
  const emulator = await withPort(options, () => startGreenhouseEmulator({ ...options, logger }));
  return {
    described: described(emulator),
    introduction: introduction(emulator, flags),
    close: () => emulator.close(),
  };
}

function described(emulator: GreenhouseEmulator) {
  const { url, tokenUrl, port, origin, clientId, state, rate } = emulator;
  return {
    url,
    token_url: tokenUrl,
    port,
    control: `${origin}/_control`,
    client_id: clientId,
    jobs: state.jobs.size,
    candidates: state.candidates.size,
    applications: state.applications.size,
    rate_limit: rate.limit,
    rate_window_seconds: rate.windowMs / 1000,
  };
}

function introduction(emulator: GreenhouseEmulator, flags: AtsFlags): string {
  const { origin, url, tokenUrl, state, rate } = emulator;
  // A secret that was given is somebody's own: it is named, not shown.
  const secret = flags.secretEnv === undefined ? emulator.clientSecret : `"$${flags.secretEnv}"`;
  const some = [...state.applications.values()].find(
    ({ status, job_id }) => status === 'in_process' && job_id,
  );
  return `The emulated Greenhouse (Harvest v3) listens on ${url}
  ${state.jobs.size} jobs, ${state.candidates.size} candidates, ${state.applications.size} applications; ${rate.limit} requests per ${rate.windowMs / 1000} s

To connect the service to it:
  export ATS_KIND=greenhouse
  export ATS_BASE_URL=${url}
  export ATS_TOKEN_URL=${tokenUrl}
  export ATS_CLIENT_ID=${emulator.clientId}
  export ATS_CLIENT_SECRET=${secret}

To look inside and to make things happen (no token, not counted):
  GET    ${origin}/_control                 what there is
  GET    ${origin}/_control/state           the tables; also /requests, /deliveries, /webhooks, /credentials
  PATCH  ${origin}/_control/switches        {"lagSeconds": 60}
  POST   ${origin}/_control/faults          {"path": "/applications", "count": 1, "effect": {"kind": "status", "status": 503}}
  POST   ${origin}/_control/clock           {"advanceSeconds": 3600}
  POST   ${origin}/_control/act/apply       {"stage": "Video interview"}
  POST   ${origin}/_control/act/reject      {"application_id": ${some?.id ?? 4001}}

Ctrl-C stops it; what it holds is then gone.
`;
}
