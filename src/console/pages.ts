/** The files of the pages, as they were built into dist/pages. They are few and small: all are kept in memory. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from './access/sessions.js';

const folder = fileURLToPath(new URL('../../dist/pages/', import.meta.url));

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Nothing but what this server has, and nobody may put it into a frame. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Page {
  type: string;
  plain: Buffer;
  zipped: Buffer;
  /** Files whose name tells what is in them never change. */
  isFixed: boolean;
  tag: string;
}

let pages: Map<string, Page> | undefined;

/** By their paths; empty where they were not built. */
export function builtPages(): ReadonlyMap<string, Page> {
  if (pages !== undefined) return pages;
  const found = new Map<string, Page>();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const type = types[name.split('.').at(-1)!];
    if (type === undefined) continue;
    const plain = readFileSync(`${folder}${name}`);
    found.set(`/${name}`, pageOf(type, plain, /-\w{8}\.(js|css)$/.test(name)));
  }
  pages = found;
  return found;
}

function pageOf(type: string, plain: Buffer, isFixed: boolean): Page {
  const tag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`;
  return { type, plain, zipped: gzipSync(plain, { level: 9 }), isFixed, tag };
}

/** @param roleOf who is signed in: the first page says so, and need not ask */
export function addPages(app: FastifyInstance, roleOf: (request: FastifyRequest) => Role | null): void {
  const found = builtPages();
  const first = found.get('/index.html');
  if (first === undefined) {
    app.get('/', (_, reply) =>
      text(
        reply.code(503),
        'The pages of the console were not built',
        'Run `npm run build` with Node 20.19 or newer.',
      ),
    );
    return;
  }
  const html = first.plain.toString('utf8');
  const of = Object.fromEntries(
    (['admin', 'viewer', 'none'] as const).map((role) => [
      role,
      pageOf(first.type, Buffer.from(html.replace('data-role="none"', `data-role="${role}"`)), false),
    ]),
  ) as Record<Role | 'none', Page>;
  app.get('/', (request, reply) => send(of[roleOf(request) ?? 'none'], request, reply));
  for (const [path, page] of found) {
    if (page !== first) app.get(path, (request, reply) => send(page, request, reply));
  }
}

function send(page: Page, { headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply
    .header('content-type', page.type)
    .header('content-security-policy', pagePolicy)
    .header('cross-origin-opener-policy', 'same-origin')
    .header('permissions-policy', 'camera=(), microphone=(), geolocation=()')
    .header('cache-control', page.isFixed ? 'public, max-age=31536000, immutable' : 'no-cache')
    .header('vary', 'accept-encoding, cookie')
    .header('etag', page.tag);
  if (headers['if-none-match'] === page.tag) return reply.code(304).send();
  if (!/\bgzip\b/.test(headers['accept-encoding'] ?? '')) return reply.send(page.plain);
  return reply.header('content-encoding', 'gzip').send(page.zipped);
}

/** A page of two sentences, where there is no other. */
export function text(reply: FastifyReply, title: string, words: string): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><p>${words}</p></html>\n`,
    );
}
