/**
 * The rows of a file until all of it is read and judged: only then a transaction begins, so that a slow source keeps
 * none open. A large file waits on disk.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, SyncError } from '../errors.js';

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

/** What is kept, in memory or at a place of the file. */
type Kept = { columns: string[]; rows: number } & ({ json: string } | { at: number; bytes: number });

const batchRows = 2000;
const batchSize = 4_000_000;

export interface BatchesOptions {
  /** What is kept in memory, in characters; 64 million unless given. */
  mostInMemory?: number;
}

export class Batches {
  readonly #mostInMemory: number;
  readonly #filling = new Map<string, Filling>();
  readonly #kept: Kept[] = [];
  #inMemory = 0;
  #waiting = 0;
  #file: FileHandle | null = null;
  #path: string | null = null;
  #written = 0;

  constructor({ mostInMemory = 64_000_000 }: BatchesOptions = {}) {
    this.#mostInMemory = mostInMemory;
  }

  /** Rows with the same columns become batches. @throws SyncError USAGE where the disk takes no more */
  async add(record: Record<string, unknown>): Promise<void> {
    const columns = Object.keys(record);
    const name = columns.join();
    const filling = this.#filling.get(name) ?? { columns, rows: [], size: 0 };
    this.#filling.set(name, filling);
    const json = JSON.stringify(record);
    filling.rows.push(json);
    filling.size += json.length;
    this.#waiting += json.length;
    if (filling.rows.length >= batchRows || filling.size >= batchSize) await this.#close(name, filling);
    else if (this.#waiting >= 4 * batchSize) await this.#closeAll();
  }

  /** All rows, in batches. */
  async *all(): AsyncGenerator<Batch> {
    await this.#closeAll();
    for (const { columns, rows, ...kept } of this.#kept) {
      if ('json' in kept) yield { columns, rows, json: kept.json };
      else {
        const { buffer } = await this.#file!.read(Buffer.alloc(kept.bytes), 0, kept.bytes, kept.at);
        yield { columns, rows, json: buffer.toString() };
      }
    }
  }

  /** Forgets all rows. */
  async dispose(): Promise<void> {
    await this.#file?.close();
    if (this.#path !== null) await unlink(this.#path).catch(() => undefined);
  }

  async #closeAll(): Promise<void> {
    for (const [name, filling] of [...this.#filling]) await this.#close(name, filling);
  }

  async #close(name: string, { columns, rows, size }: Filling): Promise<void> {
    this.#filling.delete(name);
    this.#waiting -= size;
    const json = `[${rows.join()}]`;
    if (this.#inMemory + json.length <= this.#mostInMemory) {
      this.#inMemory += json.length;
      this.#kept.push({ columns, rows: rows.length, json });
      return;
    }
    const bytes = Buffer.from(json);
    try {
      this.#file ??= await this.#open();
      await this.#file.appendFile(bytes);
    } catch (error) {
      throw new SyncError('USAGE', `The rows do not fit into ${tmpdir()}: ${messageOf(error)}`, {
        remedy: 'Make room there, name another folder with TMPDIR, or import the file in parts.',
        cause: error,
      });
    }
    this.#kept.push({ columns, rows: rows.length, at: this.#written, bytes: bytes.length });
    this.#written += bytes.length;
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
