import {
  type LeverEmulator,
  type LeverOptions,
  type LeverSwitches,
  leverSwitchTable,
  startLeverEmulator,
} from '#emulators/ats-emulator/lever/index';
import type { Logger } from '../../log.js';
import {
  type AtsFlags,
  atsOptionsFrom,
  type Environment,
  type Listening,
  secretFrom,
  withPort,
} from './emulator-flags.js';

/** `sparkhire-sync emulator --ats lever`. @throws SyncError USAGE naming the option that cannot be used */
export async function startLever(flags: AtsFlags, env: Environment, logger: Logger): Promise<Listening> {
  const apiKey = secretFrom('--key-env', flags.keyEnv, env, undefined);
  const limit = { requests: 10, seconds: 1 };
  const options: LeverOptions = {
    ...atsOptionsFrom<LeverSwitches>(flags, limit, leverSwitchTable),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
  const emulator = await withPort(options, () => startLeverEmulator({ ...options, logger }));
  return {
    described: described(emulator),
    introduction: introduction(emulator, flags),
    close: () => emulator.close(),
  };
}

function described({ url, port, origin, state, rate }: LeverEmulator) {
  return {
    url,
    port,
    control: `${origin}/_control`,
    postings: state.postings.size,
    opportunities: state.opportunities.size,
    rate_limit: rate.limit,
    rate_window_seconds: rate.windowMs / 1000,
  };
}

function introduction({ origin, url, state, rate, access }: LeverEmulator, flags: AtsFlags): string {
  // A key that was given is somebody's own: it is named, not shown.
  const key = flags.keyEnv === undefined ? access.key : `"$${flags.keyEnv}"`;
  const some = [...state.opportunities.values()].find(({ archived }) => archived === null);
  return `The emulated Lever (API v1) listens on ${url}
  ${state.postings.size} postings, ${state.opportunities.size} opportunities; ${rate.limit} requests per ${rate.windowMs / 1000} s

To connect the service to it:
  export ATS_KIND=lever
  export ATS_BASE_URL=${url}
  export ATS_API_KEY=${key}

To look inside and to make things happen (no key, not counted):
  GET    ${origin}/_control                 what there is
  GET    ${origin}/_control/state           the tables; also /requests, /deliveries, /webhooks
  PATCH  ${origin}/_control/switches        {"expand": "ignored"}
  POST   ${origin}/_control/faults          {"path": "/opportunities", "count": 1, "effect": {"kind": "status", "status": 503}}
  POST   ${origin}/_control/clock           {"advanceSeconds": 3600}
  POST   ${origin}/_control/act/apply       {"stage": "Video interview"}
  POST   ${origin}/_control/act/archive     {"opportunity": "${some?.id ?? '…'}"}

Ctrl-C stops it; what it holds is then gone.
`;
}
