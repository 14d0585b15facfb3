/**
 * Before each file. Stories run many commands, each with connections of its own: their sessions are used again.
 * A story about connections says `withNewSessions()`.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { endSessions, keepSessionsWarm } from './warm-connections.js';

const { testPath = '' } = expect.getState();
if (/\/test\/(story|simulation)\//.test(testPath)) {
  beforeAll(keepSessionsWarm);
  afterAll(endSessions);
}
