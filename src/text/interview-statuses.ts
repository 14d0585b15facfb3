/** The statuses of interviews that Spark Hire documents, and which of them are pending: the one list, also for statements. */

/** Still to be done. */
export const pendingStatuses = ['requested', 'accepted'] as const;
/** Nothing is to come any more. */
export const endedStatuses = ['completed', 'expired', 'canceled'] as const;
export const interviewStatuses = [...pendingStatuses, ...endedStatuses] as const;

const asSql = (statuses: readonly string[]) => `(${statuses.map((status) => `'${status}'`).join(', ')})`;

/** To follow `in` or `not in`. */
export const pendingSql = asSql(pendingStatuses);
export const endedSql = asSql(endedStatuses);
