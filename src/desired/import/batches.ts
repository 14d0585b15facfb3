/** Rows of a file on their way into a table: gathered into batches, and kept until all of the file is read. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, SyncError } from '../../errors.js';

/** Rows with the same columns. */
export interface Batch {
  columns: readonly string[];
  rows: number;
  /** The rows, as a list in JSON. */
  json: string;
}

interface Filling {
  columns: string[];
  rows: string[];
  size: number;
}

const batchRows = 2000;
const batchSize = 4_000_000;

export class BatchFiller {
  readonly #filling = new Map<string, Filling>();
  #waiting = 0;

  /** @returns the batches that are full now */
  add(record: Record<string, unknown>): Batch[] {
    const columns = Object.keys(record);
    const name = columns.join();
    const filling = this.#filling.get(name) ?? { columns, rows: [], size: 0 };
    this.#filling.set(name, filling);
    const json = JSON.stringify(record);
    filling.rows.push(json);
    filling.size += json.length;
    this.#waiting += json.length;
    if (filling.rows.length < batchRows && filling.size < batchSize) {
      return this.#waiting < 4 * batchSize ? none : this.rest();
    }
    this.#filling.delete(name);
    this.#waiting -= filling.size;
    return [batchOf(filling)];
  }

  /** The batches that are not full. */
  rest(): Batch[] {
    const batches = [...this.#filling.values()].map(batchOf);
    this.#filling.clear();
    this.#waiting = 0;
    return batches;
  }
}

const none: Batch[] = [];

function batchOf({ columns, rows }: Filling): Batch {
  return { columns, rows: rows.length, json: `[${rows.join()}]` };
}

/** In memory, or at a place of the file. */
type Kept = Omit<Batch, 'json'> & ({ json: string } | { at: number; bytes: number });

/** Batches that wait: in memory, and on disk what is too much for it. */
export class KeptBatches {
  readonly #mostInMemory: number;
  readonly #kept: Kept[] = [];
  #inMemory = 0;
  #file: FileHandle | null = null;
  #path: string | null = null;
  #written = 0;

  /** @param mostInMemory in characters */
  constructor(mostInMemory = 64_000_000) {
    this.#mostInMemory = mostInMemory;
  }

  /** @throws SyncError USAGE where the disk takes no more */
  async add(batch: Batch): Promise<void> {
    if (this.#inMemory + batch.json.length <= this.#mostInMemory) {
      this.#inMemory += batch.json.length;
      this.#kept.push(batch);
      return;
    }
    const bytes = Buffer.from(batch.json);
    try {
      this.#file ??= await this.#open();
      await this.#file.appendFile(bytes);
    } catch (error) {
      throw new SyncError('USAGE', `The rows do not fit into ${tmpdir()}: ${messageOf(error)}`, {
        remedy: 'Make room there, name another folder with TMPDIR, or import the file in parts.',
        cause: error,
      });
    }
    const { columns, rows } = batch;
    this.#kept.push({ columns, rows, at: this.#written, bytes: bytes.length });
    this.#written += bytes.length;
  }

  /** In the order in which they came. */
  async *all(): AsyncGenerator<Batch> {
    for (const { columns, rows, ...kept } of this.#kept) {
      if ('json' in kept) yield { columns, rows, json: kept.json };
      else {
        const { buffer } = await this.#file!.read(Buffer.alloc(kept.bytes), 0, kept.bytes, kept.at);
        yield { columns, rows, json: buffer.toString() };
      }
    }
  }

  async dispose(): Promise<void> {
    await this.#file?.close();
    if (this.#path !== null) await unlink(this.#path).catch(() => undefined);
  }

  /** Readable by nobody else, and gone with this process, however that ends. */
  async #open(): Promise<FileHandle> {
    const path = join(tmpdir(), `sparkhire-sync-import-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600);
    this.#path = path;
    await unlink(path).then(
      () => {
        this.#path = null;
      },
      () => undefined,
    );
    return file;
  }
}
