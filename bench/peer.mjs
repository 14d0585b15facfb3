// A peer with the same task for another API: @supabase/stripe-sync-engine, given as many rows of the same size.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { listItem } from './interviews.mjs';

const folder = fileURLToPath(new URL('./peer/', import.meta.url));
const engine = join(folder, 'node_modules', '@supabase', 'stripe-sync-engine');
const page = 100;

/** An interview as a customer: the whole item as its metadata, so that both store the same bytes. */
function customer(item) {
  return {
    id: `cus_${item.uuid}`,
    object: 'customer',
    name: item.assigned_to.name,
    email: item.assigned_to.email,
    description: item.job_post.title,
    metadata: item,
    balance: 0,
    created: Date.parse(item.created_at) / 1000,
    currency: 'nok',
    delinquent: false,
    livemode: false,
    next_invoice_sequence: 1,
    tax_exempt: 'none',
  };
}

function install() {
  if (existsSync(engine)) return null;
  console.log('Installing the peer (npm ci in bench/peer) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--ignore-scripts'], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 180_000,
    shell: process.platform === 'win32',
  });
  return status === 0 ? null : `npm ci failed (${error?.code ?? `exit code ${status}`})`;
}

/**
 * Its own function for this resolves although it made no table: its folder is not known to it as a module.
 * Then its files are applied here, in order.
 */
async function prepare(client, url, runMigrations) {
  await runMigrations({ databaseUrl: url, schema: 'stripe' });
  const { rows } = await client.query("select to_regclass('stripe.customers') is not null as there");
  if (rows[0].there) return true;
  await client.query('create schema if not exists stripe');
  const files = readdirSync(join(engine, 'dist', 'migrations')).sort();
  for (const file of files) {
    const sql = readFileSync(join(engine, 'dist', 'migrations', file), 'utf8');
    await client.query(sql.replaceAll('owner to postgres', 'owner to current_user'));
  }
  return false;
}

/** @returns `way` for the table of the results, or the `reason` why there is none; `about` it; `close()` */
export async function openPeer(url) {
  const reason = install();
  if (reason) return { reason, close: async () => {} };
  const { runMigrations, StripeSync } = await import(join(engine, 'dist', 'index.js'));
  const { version } = JSON.parse(readFileSync(join(engine, 'package.json'), 'utf8'));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const migrated = await prepare(client, url, runMigrations);
  const sync = new StripeSync({
    databaseUrl: url,
    schema: 'stripe',
    // Nothing is asked of Stripe: rows are handed in.
    stripeSecretKey: 'sk_test_none',
    stripeWebhookSecret: 'whsec_none',
  });
  const name = `@supabase/stripe-sync-engine ${version}`;
  return {
    about: { name, itsMigrationsMadeTheTable: migrated },
    way: {
      name,
      client,
      table: 'stripe.customers',
      phases: ['new', 'unchanged', 'changed'],
      reset: () => client.query('truncate stripe.customers'),
      async run(phase, total) {
        let ms = 0;
        for (let from = 0; from < total; from += page) {
          const customers = [];
          for (let n = from; n < Math.min(from + page, total); n++) {
            customers.push(customer(listItem(n, phase === 'changed')));
          }
          const started = performance.now();
          await sync.upsertCustomers(customers);
          ms += performance.now() - started;
        }
        const { rows } = await client.query('select count(*)::int as stored from stripe.customers');
        if (rows[0].stored !== total) throw new Error(`${name}: ${rows[0].stored} of ${total} rows stored`);
        return ms;
      },
    },
    async close() {
      await sync.close();
      await client.end();
    },
  };
}
