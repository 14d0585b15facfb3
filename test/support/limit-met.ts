/** An emulator whose limit is met, however slow the machine is. */
import { type Clock, systemClock } from '#emulators/emulation/clock';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';

/** For its limit time stands still until there was one request too many, so that all before it fall into one window. */
export async function startWithLimitMet(options: EmulatorOptions & { rateLimit: number }): Promise<Emulator> {
  const stoppedAt = systemClock.monotonic();
  let behind: number | null = null;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => (behind === null ? stoppedAt : systemClock.monotonic() - behind),
  };
  const emulator = await startEmulator({ ...options, clock });
  emulator.onRequest(() => {
    if (emulator.requests.length > options.rateLimit) behind ??= systemClock.monotonic() - stoppedAt;
  });
  return emulator;
}
