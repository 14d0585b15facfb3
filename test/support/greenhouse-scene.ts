/** A company in an emulated Greenhouse, and the variables that connect an account to it. */
import {
  type GreenhouseEmulator,
  type GreenhouseOptions,
  startGreenhouseEmulator,
} from '#emulators/ats-emulator/greenhouse/index';
import type { PushScene } from './push-scene.js';

export const webhookSecret = 'a-secret-of-some-length';

export interface GreenhouseScene {
  greenhouse: GreenhouseEmulator;
  /** Of a stage "Video interview" of all jobs, and the package standard. Entries are read as they are now. */
  variables: Record<string, string>;
  /** Bodies of the notes on an application, in the order in which they were written. */
  notes(applicationId: number): string[];
}

export async function connectGreenhouse(
  scene: PushScene,
  onFinished: (end: () => Promise<void>) => void,
  options: GreenhouseOptions = {},
): Promise<GreenhouseScene> {
  const greenhouse = await startGreenhouseEmulator({
    jobs: 1,
    candidates: 0,
    rateLimit: 1_000_000,
    tokenRateLimit: 1_000_000,
    ...options,
  });
  onFinished(() => greenhouse.close());
  await scene.put('packages', {
    package: 'standard',
    type: 'one_way',
    questions: [{ text: 'Why bread?', time_limit: 60, takes: 1 }],
    deadline_days: 7,
  });
  return {
    greenhouse,
    variables: {
      ATS_KIND: 'greenhouse',
      ATS_BASE_URL: greenhouse.url,
      ATS_TOKEN_URL: greenhouse.tokenUrl,
      ATS_CLIENT_ID: greenhouse.clientId,
      ATS_CLIENT_SECRET: greenhouse.clientSecret,
      ATS_WEBHOOK_SECRET: webhookSecret,
      ATS_LAG_SECONDS: '0',
      ATS_STAGE: 'Video interview',
      ATS_PACKAGE: 'standard',
      ATS_FROM: 'all',
    },
    notes: (applicationId) =>
      [...greenhouse.state.notes.values()]
        .filter((note) => note.application_id === applicationId)
        .map((note) => note.body ?? ''),
  };
}
