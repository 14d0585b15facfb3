/** What takes longer hangs: the runner ends it. Slow machines do not come near it. */
export const hangMs = 300_000;
