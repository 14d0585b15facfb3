/** Keys at rest, and how they come in. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readSecret, type SecretSource } from '../../src/cli/secret-input.js';
import { encryptionKeys, keyIdOf, seal, unseal } from '../../src/encryption.js';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const keys = encryptionKeys({ encryptionKey: key(1) });
const jane = { account: 'north', user: { uuid: 'a' } };

describe('a sealed key', () => {
  it('is read with the key it was sealed with, current or previous', () => {
    const sealed = seal(keys, 'sécret/+', jane);
    expect(unseal(keys, sealed, jane)).toBe('sécret/+');
    const later = encryptionKeys({ encryptionKey: key(2), previousEncryptionKeys: [key(3), key(1)] });
    expect(unseal(later, sealed, jane)).toBe('sécret/+');
    expect(seal(later, 'x', jane).keyId).toBe(later.current!.id);
  });

  it('is another each time, and names its encryption key without telling it', () => {
    const [one, two] = [seal(keys, 'same', jane), seal(keys, 'same', jane)];
    expect(one.cipher.equals(two.cipher)).toBe(false);
    expect(one.cipher.includes('same')).toBe(false);
    expect(one.keyId).toBe(keyIdOf(Buffer.alloc(32, 1)));
    expect(one.keyId).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each([
    ['of another user', { account: 'north', user: { uuid: 'b' } }],
    ['of another account', { account: 'south', user: { uuid: 'a' } }],
    ['of an address', { account: 'north', user: { email: 'a' } }],
    ['of a credential', { account: 'north', credential: 'a' }],
  ])('is of no use %s', (_, owner) => {
    const sealed = seal(keys, 'secret', jane);
    expect(() => unseal(keys, sealed, owner)).toThrow(
      expect.objectContaining({ code: 'USER_KEY_UNREADABLE' }),
    );
  });

  it('is not read where a bit of it changed, nor with a key nobody has', () => {
    const sealed = seal(keys, 'secret', jane);
    for (let at = 0; at < sealed.cipher.length; at += 1) {
      const cipher = Buffer.from(sealed.cipher);
      cipher[at]! ^= 1;
      expect(() => unseal(keys, { ...sealed, cipher }, jane)).toThrow(/damaged/);
    }
    const short = { ...sealed, cipher: sealed.cipher.subarray(0, 5) };
    expect(() => unseal(keys, short, jane)).toThrow(/damaged/);
    expect(() => unseal(encryptionKeys({ encryptionKey: key(2) }), sealed, jane)).toThrow(
      expect.objectContaining({
        code: 'USER_KEY_UNREADABLE',
        message: expect.stringContaining(sealed.keyId),
      }),
    );
  });

  it('is not made without a current encryption key', () => {
    expect(() => seal(encryptionKeys({ previousEncryptionKeys: [key(1)] }), 'x', jane)).toThrow(
      expect.objectContaining({ code: 'ENCRYPTION_KEY_MISSING' }),
    );
  });
});

function source(chunks: Array<string | Buffer>, terminal = false): SecretSource & { raw: boolean[] } {
  const raw: boolean[] = [];
  return {
    raw,
    isTTY: terminal,
    setRawMode: (on: boolean) => raw.push(on),
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
  };
}

async function read(input: SecretSource): Promise<{ secret: string; shown: string }> {
  let shown = '';
  const secret = await readSecret(input, { write: (text: string) => (shown += text) }, 'Key');
  return { secret, shown };
}

describe('a secret', () => {
  it.each([[['abc\n']], [['  ab', 'c \r\n']], [['abc']], [['abc\nsecond line\n']]])(
    'comes from standard input as one line: %o',
    async (chunks) => {
      expect(await read(source(chunks))).toEqual({ secret: 'abc', shown: '' });
    },
  );

  it('may be cut between the bytes of a character', async () => {
    const bytes = Buffer.from('äß\n');
    expect((await read(source([bytes.subarray(0, 1), bytes.subarray(1)]))).secret).toBe('äß');
  });

  it('is asked for on a terminal, and not shown', async () => {
    const input = source(['ax\u007fb', 'c', '\r'], true);
    expect(await read(input)).toEqual({ secret: 'abc', shown: 'Key (not shown): \n' });
    expect(input.raw).toEqual([true, false]);
  });

  it('leaves the terminal as it was, so that Ctrl-C works again', async () => {
    const modes: Array<{ raw: boolean; destroyed: boolean }> = [];
    const stream = new PassThrough();
    const input = Object.assign(stream, {
      isTTY: true,
      setRawMode: (raw: boolean) => modes.push({ raw, destroyed: stream.destroyed }),
    });
    stream.write('abc\r');
    expect((await read(input)).secret).toBe('abc');
    expect(modes).toEqual([
      { raw: true, destroyed: false },
      { raw: false, destroyed: false },
    ]);
    expect(stream.isPaused()).toBe(true);
  });

  it('is given up with Ctrl-C', async () => {
    const input = source(['ab\u0003'], true);
    await expect(read(input)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(input.raw).toEqual([true, false]);
  });

  it.each([[[]], [['\n']], [['  \n']], [['a\u0000b\n']], [['x'.repeat(20_000)]]])(
    'is not taken from %#',
    async (chunks) => {
      await expect(read(source(chunks))).rejects.toMatchObject({ code: 'USAGE' });
    },
  );
});
