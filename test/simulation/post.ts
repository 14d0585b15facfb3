/**
 * What Spark Hire sends to webhooks is caught here and kept. A world has it brought to the program's receiver later,
 * again, in another order, changed into news of what is somebody else's, or never.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDatabase } from '../../src/db/database.js';
import { createLogger } from '../../src/log.js';
import { createReceiver } from '../../src/webhooks/receive/deliveries.js';
import type { Receiver } from '../../src/webhooks/receive/receiver.js';
import type { World } from './world.js';

export interface Letter {
  headers: Record<string, string>;
  body: string;
}

interface Box {
  letters: Letter[];
  /** The program's own, while it is reachable. */
  receiver: Receiver | null;
}

const boxes = new Map<string, Box>();
const names = new WeakMap<World, string>();
let office: Promise<{ server: Server; origin: string }> | undefined;

/** Says that a letter is brought by the post, and not sent by Spark Hire. */
const broughtBy = 'x-brought';

async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const box = boxes.get(incoming.url!.split('/')[1]!);
  if (box === undefined) {
    response.writeHead(404).end();
  } else if (incoming.headers[broughtBy] !== undefined) {
    if (box.receiver === null) response.writeHead(502).end();
    else await box.receiver.handle(incoming, response, 'default');
  } else {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).filter(([name]) => /^(x-|authorization|content-type)/.test(name)),
    ) as Record<string, string>;
    box.letters.push({ headers, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(204).end();
  }
}

async function openOffice() {
  const server = createServer((incoming, response) => void handle(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Where Spark Hire reaches the program of this world. */
export async function addressOf(world: World): Promise<string> {
  office ??= openOffice();
  const { origin } = await office;
  let name = names.get(world);
  if (name === undefined) {
    name = randomUUID();
    names.set(world, name);
    boxes.set(name, { letters: [], receiver: null });
  }
  return `${origin}/${name}`;
}

/** What has been sent and not been brought for the last time; empty where nothing was ever registered. */
export async function lettersOf(world: World): Promise<Letter[]> {
  await world.scene.emulator.settleDeliveries();
  return boxes.get(names.get(world) ?? '')?.letters ?? [];
}

/** Brings letters to the program, one after the other. @returns the status of each answer */
export async function bring(world: World, letters: readonly Letter[]): Promise<number[]> {
  const url = `${await addressOf(world)}/webhooks/default`;
  const box = boxes.get(names.get(world)!)!;
  const db = openDatabase(world.scene.databaseUrl, { maxConnections: 2 });
  const log = createLogger({ level: 'silent' });
  box.receiver = createReceiver({ db, accounts: ['default'], log, patienceMs: 0 });
  const answers: number[] = [];
  try {
    for (const letter of letters) answers.push(await post(url, letter));
    await box.receiver.settle();
  } finally {
    box.receiver = null;
    await db.destroy();
  }
  return answers;
}

function post(url: string, { headers, body }: Letter): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent: false, headers: { ...headers, [broughtBy]: '1' } });
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode!));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
