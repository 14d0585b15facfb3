/** The console's API as it describes itself, and whether an answer is what is described. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { systemClock } from '../../src/clock.js';
import { loadSettings } from '../../src/config.js';
import type { ConsoleContext } from '../../src/console/context.js';
import { consoleRoutes } from '../../src/console/index.js';
import { openApi } from '../../src/console/openapi.js';
import { createLogger } from '../../src/log.js';

/** Routes that nobody has asked yet need no database. */
export function unaskedContext(): ConsoleContext {
  const settings = loadSettings({ environment: { SPARKHIRE_API_KEY: 'k' } });
  return {
    db: {} as ConsoleContext['db'],
    databaseUrl: '',
    settings,
    accounts: settings.accounts,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    signal: new AbortController().signal,
  };
}

interface Response {
  content?: Record<string, { schema: object }>;
}

export interface Described {
  paths: Record<
    string,
    Record<string, { parameters?: Array<{ name: string }>; responses: Record<string, Response> }>
  >;
  components: { schemas: Record<string, object> };
}

export const described = openApi(consoleRoutes(unaskedContext()), '0') as Described;

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'https://console/', ...described });

export function statusesOf(method: string, path: string): number[] {
  const of = described.paths[path]?.[method.toLowerCase()];
  return of === undefined ? [] : Object.keys(of.responses).map(Number);
}

/** @returns what is wrong with an answer, in words; null if it is as described */
export function undescribed(
  method: string,
  path: string,
  answer: { status: number; body: unknown },
): string | null {
  const asked = `${method} ${path}`;
  if (!statusesOf(method, path).includes(answer.status))
    return `${asked} answered ${answer.status}, which is not described`;
  const [type, content] =
    Object.entries(
      described.paths[path]![method.toLowerCase()]!.responses[answer.status]!.content ?? {},
    )[0] ?? [];
  if (content === undefined)
    return answer.body === '' || answer.body === null
      ? null
      : `${asked} answered with a body, and none is described`;
  if (type !== 'application/json') return null;
  const at = [
    'paths',
    path,
    method.toLowerCase(),
    'responses',
    String(answer.status),
    'content',
    type,
    'schema',
  ];
  const validate = ajv.getSchema(
    `https://console/#/${at.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`,
  );
  if (validate === undefined) throw new Error(`no schema for ${asked}`);
  if (validate(answer.body) === true) return null;
  const [first] = validate.errors ?? [];
  return `${asked} answered ${answer.status} in another shape: ${first?.instancePath} ${first?.message} ${JSON.stringify(first?.params)}`;
}
