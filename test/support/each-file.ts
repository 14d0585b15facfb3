/**
 * Before each file. What runs many commands or rounds has the sessions of their connections used again, from file to file.
 * A file there that is about connections says `withNewSessions()`.
 */
import { expect, inject } from 'vitest';
import { runsRounds } from './rounds.js';
import { endSessions, keepSessionsWarm } from './warm-connections.js';

if (runsRounds(expect.getState().testPath ?? '')) {
  keepSessionsWarm();
  // It starts PostgreSQL, where nothing has yet, while the file is loaded. Whoever needs it is told if it cannot.
  void fetch(inject('testDatabasesUrl')).then(
    (answer) => answer.text(),
    () => {},
  );
} else endSessions();
