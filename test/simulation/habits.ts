/** More of what loaders and ATSs do: keys that are used again, whole loads, merges, splits, people who apply once more. */
import { aJob, anInterview } from '../support/push-scene.js';
import { without } from './loaders.js';
import { invitedJob } from './rekeys.js';
import { at, childrenOf, follow, jobOf, mayBeAnother, type Play, rowsOf, titleOf, wish } from './rows.js';
import { inviteSomebody, starts } from './starts.js';
import { ifPossible, type Row, type World } from './world.js';

const hour = 3_600_000;

/** Its row is there no more, and its key may be another one's: what stood for it is nobody's. */
function end(world: World, row: Row): void {
  world.rows.splice(world.rows.indexOf(row), 1);
  for (const uuid of row.wish.objects) world.leftBehind.add(uuid);
  row.wish.row = null;
}

const invite = (world: World, job: string, email?: string) =>
  wish(world, 'interviews', (atsId) =>
    anInterview(atsId, job, email ?? `${atsId.toLowerCase()}@example.org`),
  );

/** As a migration of the ATS would: `J-1` becomes `j-1`, and the other way round the next time. */
const otherCase = (key: string) => (key === key.toLowerCase() ? key.toUpperCase() : key.toLowerCase());

export const habits: Record<string, Play> = {
  /** Somebody is deleted, and somebody else gets the key: in one transaction, in two, or with a look between them. */
  async reuseKey(world, { a, b, c }) {
    await inviteSomebody(world);
    const row = at(rowsOf(world, 'interviews'), a)!;
    end(world, row);
    if (b % 3 !== 0) await world.commit([], [row]);
    if (b % 3 === 2) await world.run(['apply']);
    const email = `again-${world.nextNumber()}@example.org`;
    const name = c % 2 === 0 ? {} : { candidate_name: `Again ${email}` };
    const { ats_id: _, ...fields } = anInterview(row.atsId, jobOf(row), email, name);
    const made = { ...row.wish, invitations: 1, formerKeys: new Set<string>(), objects: new Set<string>() };
    Object.assign(made, { address: email, decided: false });
    made.row = { table: 'interviews', atsId: row.atsId, fields, sound: null, wish: made };
    world.rows.push(made.row);
    world.wishes.push(made);
    await world.commit([made.row], b % 3 === 0 ? [row] : []);
  },
  /** A job and all whom it invited are gone, and what stood for it is closed; then another job gets its key. */
  async reuseJobKey(world, { a, c }) {
    const [job, children] = await invitedJob(world, a);
    for (const row of [job, ...children]) end(world, row);
    await world.commit([], [job, ...children]);
    for (const command of ['apply', 'sync', 'apply']) await world.run([command]);
    const closed = await world.scene.rows<{ uuid: string }>(
      `select uuid from (select distinct on (uuid) uuid, action from sync.intents where resource = 'jobs' and ats_id = $1
         and state = 'confirmed' order by uuid, id desc) i where action = 'close'`,
      [job.atsId],
    );
    for (const { uuid } of closed)
      if (world.scene.emulator.state.jobs.get(uuid)?.status === 'inactive') world.retired.add(uuid);
    await wish(world, 'jobs', (atsId) => aJob(atsId));
    const other = rowsOf(world, 'jobs').at(-1)!;
    const made = { ...other };
    other.atsId = job.atsId;
    await world.commit([other], [made]);
    if (c % 2 === 0) await invite(world, other.atsId);
  },
  /**
   * The table of share requests is numbered by lines, and one of them goes. One that moves may name another interview in the
   * same load.
   */
  async shiftRequests(world, { a, b, c }) {
    const requests = () => rowsOf(world, 'share_requests');
    for (let n = requests().length; n < 3; n += 1) await starts.shareSomething!(world, { a: a + n, b, c });
    const line = at(requests(), b);
    if (line === undefined) return;
    for (const { wish, atsId } of requests()) wish.formerKeys.add(atsId);
    const { moved, gone } = without(world, line);
    const edited = c % 3 === 0 ? at(moved, c) : undefined;
    const other = at(rowsOf(world, 'interviews'), a);
    if (edited?.sound === null && other !== undefined) {
      edited.fields.interview_ats_ids = [other.atsId];
      edited.wish.invitations += 1;
    }
    await world.commit(moved, [gone]);
  },
  /** Each night all tables are emptied and filled again, in one transaction. */
  async truncateReload(world) {
    const { scene, rows } = world;
    world.following.clear();
    await scene.rows('begin; truncate ats.users, ats.jobs, ats.interviews, ats.share_requests');
    for (const { table, atsId, fields } of rows) await scene.put(table, { ats_id: atsId, ...fields });
    await scene.rows('commit');
  },
  /** One loader has written its columns, and the other one has not come by yet. */
  async halfRow(world, { a, b }) {
    const job = at(rowsOf(world, 'jobs'), a);
    if (job === undefined) return;
    const missing = at(['candidate_name', 'job_ats_id'], b)!;
    let whole: unknown;
    await wish(world, 'interviews', (atsId) => {
      const fields = anInterview(atsId, job.atsId, `${atsId.toLowerCase()}@example.org`);
      whole = (fields as Record<string, unknown>)[missing];
      return { ...fields, [missing]: null };
    });
    rowsOf(world, 'interviews').at(-1)!.sound = { [missing]: whole };
  },
  /** Times without a zone, loaded by a session that has another one: each deadline moves by hours. */
  async otherZone(world, { a }) {
    const moved = rowsOf(world, 'interviews').filter(({ fields }) => fields.deadline_at != null);
    for (const { fields } of moved)
      fields.deadline_at = new Date(
        Date.parse(String(fields.deadline_at)) + (1 + (a % 9)) * hour,
      ).toISOString();
    await world.commit(moved);
  },
  /** The keys of all tables are written in other letters, and whatever names them. */
  async recaseKeys(world) {
    const { scene, rows } = world;
    const now = new Map(rows.map(({ atsId }) => [atsId, otherCase(atsId)]));
    const renamed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(renamed)
        : typeof value === 'string'
          ? (now.get(value) ?? value)
          : value;
    world.following.clear();
    await scene.rows('begin');
    for (const row of rows) {
      const { table, atsId, wish: meant } = row;
      meant.formerKeys.add(atsId);
      for (const uuid of meant.elsewhere ?? []) meant.objects.delete(uuid);
      row.atsId = now.get(atsId)!;
      for (const kept of [row.fields, row.sound ?? {}])
        for (const name of ['job_ats_id', 'owner_ats_id', 'requested_by_ats_id', 'interview_ats_ids'])
          if (name in kept) kept[name] = renamed(kept[name]);
      if (table === 'jobs' && meant.seenTitle !== undefined && titleOf(row) !== meant.seenTitle)
        mayBeAnother(row);
      await scene.rows(`update ats.${table} set ats_id = $2 where ats_id = $1`, [atsId, row.atsId]);
      await scene.put(table, { ats_id: row.atsId, ...row.fields });
    }
    await scene.rows('commit');
  },
  /** Two candidates of a job turn out to be one: a row is left, under its own key or the other one's. */
  async mergeCandidates(world, { a, b, c }) {
    const [job] = await invitedJob(world, a);
    await invite(world, job.atsId);
    if (c % 2 === 0) await world.run(['apply']);
    const all = childrenOf(world, job.atsId);
    const kept = at(all, b);
    const gone = at(all, b + 1);
    if (kept === undefined || gone === undefined || kept === gone) return;
    end(world, gone);
    if (c % 3 === 0) return world.commit([], [gone]);
    const before = { ...kept };
    kept.wish.formerKeys.add(kept.atsId);
    kept.atsId = gone.atsId;
    await world.commit([kept], [before, gone]);
  },
  /** Half of a job's candidates are in a new one from now on. */
  async splitJob(world, { a, b }) {
    const [job] = await invitedJob(world, a);
    await invite(world, job.atsId);
    if (b % 2 === 0) await world.run(['apply']);
    const moved = childrenOf(world, job.atsId).filter((_, index) => index % 2 === b % 2);
    await wish(world, 'jobs', (atsId) => aJob(atsId));
    for (const child of moved) {
      follow(child, rowsOf(world, 'jobs').at(-1)!.atsId);
      // Under another key as well it is somebody for that job, who was invited to another one: that ends.
      child.wish.invitations += 1;
      child.wish.elsewhere = new Set(child.wish.objects);
    }
    await world.commit(moved);
  },
  /** A candidate of long ago, whose row is gone, applies for the same job again. */
  async applyAgain(world, { a, b, c }) {
    const [job, children] = await invitedJob(world, a);
    const row = at(children, b)!;
    const { emulator } = world.scene;
    const sent = [...emulator.state.interviews.values()].find(({ uuid }) => row.wish.objects.has(uuid));
    if (sent !== undefined)
      ifPossible(() =>
        c % 2 === 0 ? emulator.act.completeInterview(sent.uuid) : emulator.act.expireInterview(sent.uuid),
      );
    await world.run(['sync']);
    end(world, row);
    await world.commit([], [row]);
    await world.run(['apply']);
    const days = c % 3 === 0 ? 3 : 40;
    emulator.clock.advance(days * 24 * hour);
    await world.scene.later(days * 86_400);
    if (world.rows.includes(job)) await invite(world, job.atsId, String(row.wish.address));
  },
};
