/** An emulated Greenhouse, a database with interviews of the connector, and rounds of carrying back what became of them. */
import { onTestFinished } from 'vitest';
import { startGreenhouseEmulator } from '#emulators/ats-emulator/greenhouse/index';
import { systemClock } from '../../../../src/clock.js';
import { greenhouse } from '../../../../src/connectors/greenhouse/connector.js';
import { greenhouseSchema } from '../../../../src/connectors/greenhouse/settings.js';
import { tellings } from '../../../../src/connectors/write-back/results.js';
import {
  type WriteBackOptions,
  type WroteBack,
  writeBack,
} from '../../../../src/connectors/write-back/write-back.js';
import { type Database, query } from '../../../../src/db/database.js';
import { createLogger } from '../../../../src/log.js';
import { seed, uuidOf } from '../../desired/fixture.js';

type GreenhouseOptions = NonNullable<Parameters<typeof startGreenhouseEmulator>[0]>;

let accounts = 0;
let interviews = 0;

export interface Interview {
  uuid: string;
  atsId: string;
  applicationId: number;
  candidateId: number;
}

export async function writeBackScene(
  db: Database,
  wanted: Record<string, unknown> = {},
  options: GreenhouseOptions = {},
) {
  const account = `w${++accounts}`;
  const emulator = await startGreenhouseEmulator({
    jobs: 1,
    candidates: 0,
    rateLimit: 1_000_000,
    tokenRateLimit: 1_000_000,
    ...options,
  });
  onTestFinished(() => emulator.close());
  const { writeBack: parsed, ...read } = greenhouseSchema.parse({
    kind: 'greenhouse',
    triggers: [{ stage: 'Video interview', package: 'p' }],
    writeBack: wanted,
  });
  const settings = {
    ...read,
    writeBack: parsed,
    baseUrl: emulator.url,
    tokenUrl: emulator.tokenUrl,
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    webhookSecret: null,
    packages: [],
  };
  const connect = () => {
    const made = greenhouse({ db, account, settings, encryption: null, clock: systemClock });
    onTestFinished(() => made.close());
    return made;
  };
  const connector = connect();

  const mirror = (uuid: string, changes: Record<string, unknown>) =>
    query(
      db,
      `update sparkhire.interviews set ${Object.keys(changes)
        .map((name, index) => `${name} = $${index + 3}`)
        .join(', ')} where account = $1 and uuid = $2`,
      [account, uuid, ...Object.values(changes)],
    );

  const follow = async (
    application: ReturnType<typeof emulator.act.apply>,
    more: Record<string, unknown>,
  ): Promise<Interview> => {
    emulator.requests.length = 0;
    const uuid = uuidOf(++interviews);
    const atsId = `gh-${application.entry_id}`;
    const extra = { application_id: String(application.id), entry_id: String(application.entry_id) };
    await seed(db, 'ats.interviews', [{ account, ats_id: atsId, source: 'greenhouse', extra }]);
    await seed(db, 'sparkhire.interviews', [
      { account, uuid, raw: {}, type: 'one_way', status: 'requested', rating: 0, ...more },
    ]);
    await seed(db, 'sync.links', [
      { account, resource: 'interviews', ats_id: atsId, uuid, how: 'created', results_to: 'greenhouse' },
    ]);
    return { uuid, atsId, applicationId: application.id, candidateId: application.candidate_id };
  };

  return {
    account,
    emulator,
    act: emulator.act,
    connector,
    /** The same in another process. */
    reconnect: connect,

    /** Somebody who stands in the stage and was invited by the connector. */
    async invited(more: Record<string, unknown> = {}): Promise<Interview> {
      return follow(emulator.act.apply({ stage: 'Video interview' }), more);
    },
    /** The same once more, by another entry. */
    async invitedAgain({ applicationId }: Interview): Promise<Interview> {
      emulator.act.moveToStage({ application_id: applicationId, stage: 'Offer' });
      return follow(
        emulator.act.moveToStage({ application_id: applicationId, stage: 'Video interview' }),
        {},
      );
    },
    mirror,
    complete: (uuid: string, rating = 0) =>
      mirror(uuid, {
        status: 'completed',
        rating,
        completed_at: '2031-03-10T09:05:30Z',
        watch_url: 'https://x.test/w',
      }),

    round(more: Partial<WriteBackOptions> = {}): Promise<WroteBack> {
      return writeBack({
        db,
        account,
        source: 'greenhouse',
        title: 'Greenhouse',
        writer: connector.writer!,
        wanted: tellings(settings.writeBack),
        settleMs: 60_000,
        clock: systemClock,
        log: createLogger({ level: 'silent' }),
        signal: new AbortController().signal,
        fence: async () => {},
        ...more,
      });
    },
    /** As if so many seconds had passed since what was written. */
    later: (seconds: number) =>
      query(
        db,
        `update sync.intents set sent_at = sent_at - $2 * interval '1 s', look_at = look_at - $2 * interval '1 s' where account = $1`,
        [account, seconds],
      ),
    async outcomes(): Promise<Record<string, string>> {
      const rows = await query<{ ats_id: string; result: string; outcome: string }>(
        db,
        'select ats_id, result, outcome from sync.ats_results where account = $1 order by ats_id, result',
        [account],
      );
      return Object.fromEntries(rows.map(({ ats_id, result, outcome }) => [`${ats_id} ${result}`, outcome]));
    },
    async error(atsId: string): Promise<string | null> {
      const rows = await query<{ error: string | null }>(
        db,
        'select error from sync.ats_results where account = $1 and ats_id = $2 order by at desc',
        [account, atsId],
      );
      return rows[0]?.error ?? null;
    },
    /** Whether results of the interview are still followed. */
    async isFollowed(atsId: string): Promise<boolean> {
      const rows = await query(
        db,
        'select 1 from sync.links where account = $1 and ats_id = $2 and results_to is not null',
        [account, atsId],
      );
      return rows.length > 0;
    },
    /** The name of the stage that an application stands in. */
    stageOf(applicationId: number): string {
      const { entry_id } = emulator.state.applications.get(applicationId)!;
      return emulator.state.job_interview_stages.one(
        emulator.state.application_stages.one(entry_id!).job_interview_stage_id,
      ).name;
    },
    /** Bodies of the notes on an application. */
    notes: (applicationId: number) =>
      [...emulator.state.notes.values()]
        .filter((note) => note.application_id === applicationId)
        .map((note) => note.body ?? ''),
    /** What was asked of the API, without tokens. */
    asked: () =>
      emulator.requests
        .splice(0)
        .flatMap(({ method, path }) => (path.includes('token') ? [] : `${method} ${path.split('?')[0]}`)),
  };
}
