import {
  type AshbyEmulator,
  type AshbyOptions,
  type AshbySwitches,
  ashbySwitchTable,
  defaultApiKey,
  type Size,
  sizes,
  startAshbyEmulator,
} from '#emulators/ats-emulator/ashby/index';
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

/** `sparkhire-sync emulator --ats ashby`. @throws SyncError USAGE naming the option that cannot be used */
export async function startAshby(flags: AtsFlags, env: Environment, logger: Logger): Promise<Listening> {
  const options = optionsFrom(flags, env);
  const emulator = await withPort(options, () => startAshbyEmulator({ ...options, logger }));
  return {
    described: described(emulator),
    introduction: introduction(emulator, flags),
    close: () => emulator.close(),
  };
}

function optionsFrom(flags: AtsFlags, env: Environment): AshbyOptions {
  const size = flags.size ?? 'small';
  if (!Object.hasOwn(sizes, size)) throw usage(`--size must be small, medium or large, not "${size}".`);
  const apiKey = flags.keyEnv === undefined ? defaultApiKey : env[flags.keyEnv];
  if (!apiKey) {
    throw usage(`The environment variable ${flags.keyEnv} is not set.`, 'Set it, or leave --key-env out.');
  }
  return {
    port: wholeNumber('--port', flags.port ?? '4020', 0, 65_535),
    host: flags.host,
    seed: wholeNumber('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
    size: size as Size,
    apiKey,
    rateLimit: wholeNumber('--rate-limit', flags.rateLimit ?? '1000', 1, Number.MAX_SAFE_INTEGER),
    rateWindowSeconds: seconds('--rate-window', flags.rateWindow ?? '60'),
    ...(flags.live === undefined
      ? {}
      : { liveSeconds: flags.live === true ? 5 : seconds('--live', flags.live) }),
    switches: switchesFrom<AshbySwitches>(flags.set, ashbySwitchTable.parse.bind(ashbySwitchTable)),
    requestLogLimit: 100_000,
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
