/**
 * Keys and passwords stay where they are while the service runs, whatever happens to it and whatever is logged.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { freePort, openScene, type Scene } from '../../support/scene.js';
import { eventually } from '../../support/service.js';

/** An opaque string may hold anything. */
const key = 'k3y/with+odd=chars%and spaces-äß';
const tokens = { SYNC_ADMIN_TOKEN: 'admin-token-0123456789', SYNC_VIEWER_TOKEN: 'viewer-token-9876543210' };

/** A secret as it is, in a URL, and as the credentials or a part of the credentials of a request. */
function formsOf(secret: string): string[] {
  const texts = [secret, `${secret}:`, `${secret}:x`];
  return [
    secret,
    encodeURIComponent(secret),
    ...texts.flatMap((text) => {
      const base64 = Buffer.from(text).toString('base64');
      return [base64, base64.replace(/=+$/, ''), Buffer.from(text).toString('base64url')];
    }),
  ];
}

async function everyTable(scene: Scene): Promise<string> {
  const tables = await scene.rows<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['sync.webhooks', 'sync.webhook_events', 'sync.activities', 'sync.commands']),
  );
  let text = '';
  for (const { name } of tables) {
    const [row] = await scene.rows<{ text: string | null }>(
      `select string_agg(t::text, E'\\n') as text from ${name} t`,
    );
    text += row!.text ?? '';
  }
  return text;
}

for (const webhookAuth of [undefined, 'hook user:pass/word+with=odd%chars']) {
  it(`nothing shows a secret (${webhookAuth === undefined ? 'random' : 'chosen'} credentials of webhooks)`, async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished, { adminKey: key, interviews: 12 });
    const { emulator } = scene;
    const port = await freePort();
    const settings = {
      LOG_LEVEL: 'trace',
      SYNC_HTTP_PORT: String(port),
      SYNC_PUBLIC_URL: `http://127.0.0.1:${port}`,
      SYNC_WEBHOOK_AUTH: webhookAuth,
      SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '0.4',
      ...tokens,
    };
    const service = await scene.start(settings, 'schedule:\n  refreshSeconds: 1\n  webhookCheckSeconds: 1\n');
    await scene.isTrue();
    await eventually(() => expect(emulator.state.webhooks.size).toBe(1));
    const first = [...emulator.state.webhooks.values()][0]!;
    const secrets = [key, ...Object.values(tokens), new URL(scene.databaseUrl).password, first.httpAuth!];

    // Events, right and wrong credentials, and a registration that is gone.
    emulator.act.addInterview({});
    emulator.act.addJob({ status: 'inactive' });
    await emulator.settleDeliveries();
    expect(emulator.deliveries.map(({ status }) => status)).toEqual([204, 204]);
    const wrong = `Basic ${Buffer.from(`someone:${first.httpAuth}`).toString('base64')}`;
    for (const authorization of [wrong, `Bearer ${tokens.SYNC_ADMIN_TOKEN}`, 'Basic %%%']) {
      const { status } = await fetch(`${service.url}/webhooks/default`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: '{}',
      });
      expect(status).toBe(401);
    }
    emulator.act.removeWebhook(first.uuid);
    await eventually(() => {
      const now = [...emulator.state.webhooks.values()];
      expect(now.map(({ uuid }) => uuid)).not.toContain(first.uuid);
      expect(now).toHaveLength(1);
    });
    secrets.push([...emulator.state.webhooks.values()][0]!.httpAuth!);

    // Failures that throw the secrets back, and those that come without an answer.
    const base64 = Buffer.from(`${key}:x`).toString('base64');
    const refusals = [`bad key ${key}`, `Basic ${base64}`, key];
    for (const [index, path] of ['/users$', '/jobs\\?', '/webhooks$'].entries()) {
      emulator.faults.add({ path, effect: { kind: 'status', status: 400, code: refusals[index] } });
    }
    emulator.faults.add({ path: '/interviews\\?', count: 2, effect: { kind: 'reset', when: 'before' } });
    emulator.faults.add({ path: '/plan', count: 1, effect: { kind: 'hang', when: 'before' } });
    await eventually(async () => {
      const rows = await scene.rows(
        "select 1 from sync.activities where activity = 'tick' and error is not null",
      );
      expect(rows).toHaveLength(1);
    });
    const tables = await everyTable(scene);
    const commands = async () => {
      const lines = [
        ['backfill', '--json'],
        ['webhooks', 'test', '--json'],
        ['doctor'],
        ['status', '--json'],
      ];
      const outputs = await Promise.all(lines.map((args) => scene.command(args, settings).ended));
      return outputs.map((one) => one.stdout + one.stderr).join('\n');
    };
    const failing = await commands();
    expect(failing).toContain('[redacted]');
    emulator.faults.clear();
    const working = await commands();
    await scene.isTrue();
    const pages = await Promise.all(['/metrics', '/readyz', '/healthz'].map((path) => service.get(path)));
    const { stdout, stderr } = await service.stop();
    expect(stderr).toContain('"level":20');

    const seen: Record<string, string> = {
      stdout,
      stderr,
      tables,
      later: await everyTable(scene),
      failing,
      working,
      pages: pages.map(({ body }) => body).join('\n'),
    };
    const parts = secrets.flatMap((secret) =>
      // Of credentials, the password alone too.
      secret.includes(':') ? [secret, secret.slice(secret.indexOf(':') + 1)] : [secret],
    );
    for (const [where, text] of Object.entries(seen)) {
      for (const form of parts.flatMap(formsOf))
        expect(text.includes(form), `${form} in ${where}`).toBe(false);
    }
  });
}
