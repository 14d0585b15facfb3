/**
 * What the simulation puts its own in place of, as it was before: imported first. Files share what they import, so a test that
 * runs afterwards in the same process would still be in the hands of a process that is played as dead or standing still.
 */
import pg from 'pg';

const { query, connect } = pg.Client.prototype;
const now = performance.now.bind(performance);

/** Once all days are over. */
export function putBack(): void {
  Object.assign(pg.Client.prototype, { query, connect });
  performance.now = now;
}
