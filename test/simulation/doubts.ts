/** What a person has to tell: what became of a lost answer, which of several jobs it is, what is wrong with a row. */
import { aJob, anInterview } from '../support/push-scene.js';
import { at, edit, type Play, rowsOf, wish } from './rows.js';
import { inviteSomebody } from './starts.js';
import { ifPossible, type World } from './world.js';

/**
 * While an invitation is on its way, or once it has been made and is looked for, somebody invites by hand to the same job: the
 * same person, or another one.
 */
function invitesMeanwhile(
  world: World,
  { strangers, later, times }: { strangers: boolean; later: boolean; times: number },
): () => void {
  const { emulator } = world.scene;
  let left = times;
  let isSent = false;
  return emulator.onRequest(({ method, path }) => {
    const isSending = method === 'POST' && path.endsWith('/interviews');
    const isMoment = later ? isSent && !isSending : isSending;
    isSent ||= isSending;
    if (!isMoment || left-- <= 0) return;
    const row = rowsOf(world, 'interviews').at(-1)!;
    const job = [...emulator.state.jobs.values()].at(-1);
    if (job === undefined) return;
    const email = strangers ? `stranger.${left}@example.org` : String(row.fields.candidate_email);
    ifPossible(() => {
      const { uuid } = emulator.act.addInterview({ jobUuid: job.uuid, email, name: 'By Hand' });
      world.byHand.add(uuid);
    });
  });
}

export const doubts: Record<string, Play> = {
  /**
   * The answer to an invitation is lost, whether it was made or not, and it is not the only one that may be it. Its row may be
   * withdrawn before a person has said which.
   */
  async lostAmong(world, { a, b, c }) {
    const { faults } = world.scene.emulator;
    const stop = invitesMeanwhile(world, { strangers: a % 2 === 0, later: c % 3 === 2, times: 1 + (b % 2) });
    const when = b % 3 === 0 ? 'after' : 'before';
    const rule = faults.add({
      method: 'POST',
      path: '/interviews$',
      count: 1,
      effect: { kind: 'reset', when },
    });
    try {
      await inviteSomebody(world);
      if (a % 3 === 1) await edit(world, rowsOf(world, 'interviews').at(-1), { desired: 'canceled' });
      if (c % 2 === 0) await world.run(['apply']);
    } finally {
      stop();
      faults.remove(rule);
    }
  },
  /** Two jobs that people made are called what a new row is called. */
  async twoAlike(world, { a }) {
    const title = `Alike ${a % 3}`;
    const { act } = world.scene.emulator;
    for (let n = 0; n < 2; n += 1)
      ifPossible(() =>
        world.byHand.add(act.addJob({ title, status: 'active', city: 'Graz', country: 'Austria' }).uuid),
      );
    await wish(world, 'jobs', (atsId) => aJob(atsId, { title }));
    if (a % 2 === 0) await world.run(['apply']);
  },
  /** An interview, one that is new or any, that is wrong in a way that only interviews can be. */
  async oddInterview(world, { a, b, c }) {
    const job = at(rowsOf(world, 'jobs'), a);
    const isNew = c % 2 === 0 && job !== undefined;
    if (isNew)
      await wish(world, 'interviews', (atsId) =>
        anInterview(atsId, job.atsId, `${atsId.toLowerCase()}@example.org`),
      );
    const row = isNew ? rowsOf(world, 'interviews').at(-1) : at(rowsOf(world, 'interviews'), a);
    if (row === undefined || row.sound !== null) return;
    const phone = { candidate_phone: '+43 660 1234567', candidate_phone_e164: '+436601234567' };
    const wrong = at([{ deadline_at: '2020-01-01T00:00:00Z' }, { ...phone, sms_consent: false }], b)!;
    row.sound = Object.fromEntries(Object.keys(wrong).map((name) => [name, row.fields[name] ?? null]));
    Object.assign(row.fields, wrong);
    await world.commit([row]);
  },
};
