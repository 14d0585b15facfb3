import {
  defaultClientSecret,
  type GreenhouseEmulator,
  type GreenhouseOptions,
  type GreenhouseSwitches,
  greenhouseSwitchTable,
  type Size,
  sizes,
  startGreenhouseEmulator,
} from '#emulators/ats-emulator/greenhouse/index';
import type { Logger } from '../../log.js';
import {
  type AtsFlags,
  type Listening,
  seconds,
  switchesFrom,
  usage,
  wholeNumber,
  withPort,
} from './emulator-flags.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** `sparkhire-sync emulator --ats greenhouse`. @throws SyncError USAGE naming the option that cannot be used */
export async function startGreenhouse(flags: AtsFlags, env: Environment, logger: Logger): Promise<Listening> {
  const options = greenhouseOptionsFrom(flags, env);
  const emulator = await withPort(options, () => startGreenhouseEmulator({ ...options, logger }));
  return {
    described: described(emulator),
    introduction: introduction(emulator, flags),
    close: () => emulator.close(),
  };
}

/** @throws SyncError USAGE naming the option that cannot be used */
export function greenhouseOptionsFrom(flags: AtsFlags, env: Environment): GreenhouseOptions {
  const size = flags.size ?? 'small';
  if (!Object.hasOwn(sizes, size)) throw usage(`--size must be small, medium or large, not "${size}".`);
  const clientSecret = flags.secretEnv === undefined ? defaultClientSecret : env[flags.secretEnv];
  if (!clientSecret) {
    throw usage(
      `The environment variable ${flags.secretEnv} is not set.`,
      'Set it, or leave --secret-env out.',
    );
  }
  return {
    port: wholeNumber('--port', flags.port ?? '4020', 0, 65_535),
    host: flags.host,
    seed: wholeNumber('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
    size: size as Size,
    clientSecret,
    rateLimit: wholeNumber('--rate-limit', flags.rateLimit ?? '50', 1, Number.MAX_SAFE_INTEGER),
    rateWindowSeconds: seconds('--rate-window', flags.rateWindow ?? '30'),
    ...(flags.live === undefined
      ? {}
      : { liveSeconds: flags.live === true ? 5 : seconds('--live', flags.live) }),
    switches: switchesFrom<GreenhouseSwitches>(
      flags.set,
      greenhouseSwitchTable.parse.bind(greenhouseSwitchTable),
    ),
    requestLogLimit: 100_000,
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
