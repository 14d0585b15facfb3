/**
 * Before each file. What runs many commands or rounds, each with connections of its own, has their sessions used again.
 * A file there that is about connections says `withNewSessions()`.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { endSessions, keepSessionsWarm } from './warm-connections.js';

const { testPath = '' } = expect.getState();
if (/\/test\/(story|simulation|integration\/push\/send|integration\/keys)\b/.test(testPath)) {
  beforeAll(keepSessionsWarm);
  afterAll(endSessions);
}
