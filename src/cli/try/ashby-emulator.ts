import {
  type AshbyEmulator,
  type AshbyOptions,
  type AshbySwitches,
  ashbySwitchTable,
  defaultApiKey,
  startAshbyEmulator,
} from '#emulators/ats-emulator/ashby/index';
import type { Logger } from '../../log.js';
import {
  type AtsFlags,
  atsOptionsFrom,
  type Environment,
  type Listening,
  secretFrom,
  withPort,
} from './emulator-flags.js';

/** `sparkhire-sync emulator --ats ashby`. @throws SyncError USAGE naming the option that cannot be used */
export async function startAshby(flags: AtsFlags, env: Environment, logger: Logger): Promise<Listening> {
  const apiKey = secretFrom('--key-env', flags.keyEnv, env, defaultApiKey);
  const limit = { requests: 1000, seconds: 60 };
  const options: AshbyOptions = { ...atsOptionsFrom<AshbySwitches>(flags, limit, ashbySwitchTable), apiKey };
  const emulator = await withPort(options, () => startAshbyEmulator({ ...options, logger }));
  return {
    described: described(emulator),
    introduction: introduction(emulator, flags),
    close: () => emulator.close(),
  };
}

function described({ url, port, origin, state, rate }: AshbyEmulator) {
  return {
    url,
    port,
    control: `${origin}/_control`,
    jobs: state.jobs.size,
    candidates: state.candidates.size,
    applications: state.applications.size,
    rate_limit: rate.limit,
    rate_window_seconds: rate.windowMs / 1000,
  };
}

function introduction({ origin, url, apiKey, state, rate }: AshbyEmulator, flags: AtsFlags): string {
  // A key that was given is somebody's own: it is named, not shown.
  const key = flags.keyEnv === undefined ? apiKey : `"$${flags.keyEnv}"`;
  const some = [...state.applications.values()].find(({ status }) => status === 'Active');
  return `The emulated Ashby listens on ${url}
  ${state.jobs.size} jobs, ${state.candidates.size} candidates, ${state.applications.size} applications; ${rate.limit} requests per ${rate.windowMs / 1000} s

To connect the service to it:
  export ATS_KIND=ashby
  export ATS_BASE_URL=${url}
  export ATS_API_KEY=${key}

To look inside and to make things happen (no key, not counted):
  GET    ${origin}/_control                 what there is
  GET    ${origin}/_control/state           the tables; also /requests, /deliveries
  PATCH  ${origin}/_control/switches        {"errorShape": "texts"}
  POST   ${origin}/_control/faults          {"path": "/application.info", "count": 1, "effect": {"kind": "status", "status": 503}}
  POST   ${origin}/_control/clock           {"advanceSeconds": 3600}
  POST   ${origin}/_control/act/apply       {"stage": "Video interview"}
  POST   ${origin}/_control/act/archive     {"application_id": "${some?.id ?? '…'}"}

Ctrl-C stops it; what it holds is then gone.
`;
}
