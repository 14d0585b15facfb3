/** A company in an emulated Lever, and the variables that connect an account to it. */
import {
  type LeverEmulator,
  type LeverOptions,
  startLeverEmulator,
} from '#emulators/ats-emulator/lever/index';
import type { PushScene } from './push-scene.js';

export interface LeverScene {
  lever: LeverEmulator;
  /** Of a stage "Video interview" of all postings, and the package standard. Entries are read as they are now. */
  variables: Record<string, string>;
  /** Values of the notes on an opportunity, in the order in which they were written. */
  notes(opportunity: string): string[];
}

export async function connectLever(
  scene: PushScene,
  onFinished: (end: () => Promise<void>) => void,
  options: LeverOptions = {},
): Promise<LeverScene> {
  const lever = await startLeverEmulator({
    postings: 1,
    opportunities: 0,
    rateLimit: 1_000_000,
    ...options,
    // So the client hears of the limit.
    switches: { rateHeaders: 'all', ...options.switches },
  });
  onFinished(() => lever.close());
  await scene.put('packages', {
    package: 'standard',
    type: 'one_way',
    questions: [{ text: 'Why bread?', time_limit: 60, takes: 1 }],
    deadline_days: 7,
  });
  return {
    lever,
    variables: {
      ATS_KIND: 'lever',
      ATS_BASE_URL: lever.url,
      ATS_API_KEY: lever.access.key,
      ATS_LAG_SECONDS: '0',
      ATS_STAGE: 'Video interview',
      ATS_PACKAGE: 'standard',
      ATS_FROM: 'all',
    },
    notes: (opportunity) =>
      [...lever.state.notes.values()]
        .filter((note) => note.opportunityId === opportunity)
        .map(({ value }) => value),
  };
}
