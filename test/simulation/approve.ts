/** What a person does about a plan that is held. */
import { meddle } from './process.js';
import type { World } from './world.js';

/** A person releases the plan that is held, if one is: since it changes much, or since the database is another one. */
export async function approveHeld(world: World): Promise<void> {
  const { scene, env } = world;
  const [held] = await scene.rows<{ kind: string; checksum: string | null }>(
    `select 'mass_change' as kind, sparkhire_value ->> 'checksum' as checksum from sync.conflicts
     where kind = 'mass_change' and resolved_at is null
     union all select 'moved', null from sync.accounts where moved_at is not null`,
  );
  if (held === undefined) return;
  const plan = async () =>
    (await meddle(world.givingUp, () => scene.run(['plan'], env))).json as { checksum?: string };
  const checksum = held.checksum ?? (await plan())?.checksum;
  if (checksum === undefined) return;
  await world.run(['apply', '--approve', checksum]);
  world.taken.push(`${held.kind} approve`);
}
