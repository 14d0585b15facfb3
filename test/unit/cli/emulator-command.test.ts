import { describe, expect, it } from 'vitest';
import { emulatorCommand, optionsFrom } from '../../../src/cli/try/emulator.js';
import { SyncError } from '../../../src/errors.js';
import { openInvocation } from '../../support/program.js';

/** What the command line makes of the arguments, without starting anything. */
function options(args: string[], environment: Record<string, string> = {}) {
  const command = emulatorCommand(openInvocation().invocation).exitOverride();
  command.parseOptions(args);
  return optionsFrom(command.opts() as Parameters<typeof optionsFrom>[0], environment);
}

describe('sparkhire-sync emulator', () => {
  it('has defaults that show a company of some size', () => {
    expect(options([])).toMatchObject({
      port: 4010,
      host: '127.0.0.1',
      jobs: 200,
      interviews: 20_000,
      rateLimit: 400,
      rateWindowSeconds: 60,
      adminKey: undefined,
      switches: {},
    });
  });

  it('takes sizes, limits and readings', () => {
    const args = '--port 0 --jobs 3 --interviews 9 --users 2 --seed 5 --rate-limit 7 --rate-window 0.5';
    const made = options([...args.split(' '), '--set', 'ties=shuffled', 'pageCap=33', '--set', 'gone=410']);
    expect(made).toMatchObject({
      port: 0,
      jobs: 3,
      interviews: 9,
      users: 2,
      seed: 5,
      rateLimit: 7,
      rateWindowSeconds: 0.5,
      switches: { ties: 'shuffled', pageCap: 33, gone: '410' },
    });
  });

  it('takes the slots and seats of the plan, any number too', () => {
    const args = ['--job-slots', '25', '--user-seats', '-1'];
    expect(options(args)).toMatchObject({ jobSlots: 25, userSeats: -1 });
    expect(options([])).toMatchObject({ jobSlots: undefined, userSeats: undefined });
  });

  it('takes the key from the environment, not from the command line', () => {
    expect(options(['--key-env', 'MY_KEY'], { MY_KEY: 'opaque' }).adminKey).toBe('opaque');
    expect(() => options(['--key-env', 'MY_KEY'])).toThrow(/MY_KEY/);
  });

  it.each([
    ['--port', '70000'],
    ['--port', 'http'],
    ['--jobs', '-1'],
    ['--interviews', '1.5'],
    ['--users', '0'],
    ['--job-slots', '-2'],
    ['--user-seats', 'many'],
    ['--rate-limit', '0'],
    ['--rate-window', '0'],
    ['--set', 'ties'],
    ['--set', 'tie=stable'],
    ['--set', 'ties=loose'],
    ['--size', 'small'],
    ['--live', '3'],
  ])('refuses %s %s as wrong usage', (option, value) => {
    let thrown: unknown;
    try {
      options([`${option}=${value}`]);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SyncError);
    expect(thrown).toMatchObject({ code: 'USAGE', remedy: expect.any(String) });
  });
});
