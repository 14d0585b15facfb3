/** Whether the tests of a file run many commands, rounds, pulls or readings, each with connections of its own. */
export const runsRounds = (file: string) =>
  /\/test\/(story|simulation|integration\/(backfill|connectors|desired|keys|push\/send|tick|webhooks))\b/.test(
    file,
  );
