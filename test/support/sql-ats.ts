/** A scene with an ATS of the kind sql: the table hr.stage_entries of the same database, and a package for its stage. */
import type { TestContext } from 'vitest';
import { openPushScene, type PushScene } from './push-scene.js';

/** Settings that connect it. */
export const connected = {
  ATS_KIND: 'sql',
  ATS_SQL_VIEW: 'hr.stage_entries',
  ATS_FROM: 'all',
  ATS_STAGE: 'Video interview',
  ATS_PACKAGE: 'standard',
};

/** @param entries what follows `create table hr.stage_entries` */
export async function openSqlScene(
  onTestFinished: TestContext['onTestFinished'],
  entries: string,
  values: unknown[] = [],
): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await scene.rows('create schema hr');
  await scene.rows(`create table hr.stage_entries ${entries}`, values);
  await scene.put('packages', {
    package: 'standard',
    type: 'one_way',
    deadline_days: 7,
    questions: [{ text: 'Why here?', time_limit: 90, takes: 2 }],
  });
  return scene;
}
