/** Somebody who uses the console, as a browser does, and takes nothing for an answer that the API does not describe. */
import { described, undescribed } from './console-described.js';

export interface Answer {
  status: number;
  headers: Headers;
  body: string;
  // Whatever the route answers.
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  json: any;
}

export interface Visitor {
  get(path: string, options?: RequestInit): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  signIn(token: string): Promise<Answer>;
  cookie(): string | null;
}

export function visitor(url: string): Visitor {
  let cookie: string | null = null;
  async function ask(path: string, options: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${url}${path}`, {
      ...options,
      headers: { ...(cookie === null ? {} : { cookie }), ...(options.headers as Record<string, string>) },
    });
    const set = response.headers.get('set-cookie');
    if (set !== null) cookie = set.split(';', 1)[0]!;
    const body = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const json = isJson ? JSON.parse(body) : null;
    const [route = ''] = path.split('?', 1);
    const { method = 'GET' } = options;
    const isOff = json?.code === 'CONSOLE_OFF';
    if (described.paths[route]?.[method.toLowerCase()] !== undefined && !isOff) {
      const wrong = undescribed(method, route, { status: response.status, body: json ?? body });
      if (wrong !== null) throw new Error(wrong);
    }
    return { status: response.status, headers: response.headers, body, json };
  }
  const post: Visitor['post'] = (path, body = {}, headers = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    get: ask,
    post,
    signIn: (token) => post('/api/login', { token }),
    cookie: () => cookie,
  };
}
