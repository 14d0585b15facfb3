/**
 * Before each file. What runs many commands or rounds has the sessions of their connections used again, from file to file.
 * A file there that is about connections says `withNewSessions()`.
 */
import { expect } from 'vitest';
import { runsRounds } from './rounds.js';
import { endSessions, keepSessionsWarm } from './warm-connections.js';

if (runsRounds(expect.getState().testPath ?? '')) keepSessionsWarm();
else endSessions();
