/** Whether the tests of a file run many commands or rounds, each with connections of its own. */
export const runsRounds = (file: string) =>
  /\/test\/(story|simulation|integration\/push\/send|integration\/keys)\b/.test(file);
