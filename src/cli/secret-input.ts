/** A secret from a person or a pipe: never from the command line, which every user of the machine can read. */
import { StringDecoder } from 'node:string_decoder';
import { SyncError } from '../errors.js';

/** The part of process.stdin that is used. */
export interface SecretSource extends AsyncIterable<Buffer | string> {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  /** Of a stream: what it has read need not be all of it. */
  iterator?(options: { destroyOnReturn: boolean }): AsyncIterable<Buffer | string>;
  /** Lets the process end though more might come. */
  unref?(): unknown;
  pause?(): unknown;
}

const longest = 10_000;

/**
 * The first line that comes, trimmed. On a terminal it is asked for and not shown.
 * @throws SyncError USAGE if there is none, ABORTED if the person gave up
 */
export async function readSecret(
  input: SecretSource,
  output: { write(text: string): unknown },
  prompt: string,
): Promise<string> {
  const hidden = input.isTTY === true && input.setRawMode !== undefined;
  if (hidden) {
    output.write(`${prompt} (not shown): `);
    input.setRawMode!(true);
  }
  try {
    const secret = (await firstLine(input, hidden)).trim();
    if (secret === '') {
      throw new SyncError('USAGE', 'No key was given.', {
        remedy:
          'Type it when asked, or hand it over on standard input, as in `sparkhire-sync keys set EMAIL < file`.',
      });
    }
    if (hasControls(secret)) {
      throw new SyncError('USAGE', 'The key holds characters that cannot be part of a key.', {
        remedy: 'Hand over one line with nothing but the key.',
      });
    }
    return secret;
  } finally {
    if (hidden) {
      input.setRawMode!(false);
      output.write('\n');
    }
    input.pause?.();
    input.unref?.();
  }
}

async function firstLine(input: SecretSource, typed: boolean): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let line = '';
  // A terminal that was destroyed could not be set back.
  for await (const chunk of input.iterator?.({ destroyOnReturn: false }) ?? input) {
    for (const character of typeof chunk === 'string' ? chunk : decoder.write(chunk)) {
      if (character === '\n' || character === '\r') return line;
      if (typed && character === '\u0003') throw new SyncError('ABORTED', 'Nothing was stored.');
      if (typed && character === '\u0004') return line;
      if (typed && (character === '\u007f' || character === '\b')) line = [...line].slice(0, -1).join('');
      else if (typed && character === '\u0015') line = '';
      else line += character;
    }
    if (line.length > longest) {
      throw new SyncError('USAGE', 'Standard input is too long for a key.', {
        remedy: 'Hand over one line with nothing but the key.',
      });
    }
  }
  return line;
}

function hasControls(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
