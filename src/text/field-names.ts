/** What the names of Spark Hire's fields tell of their values. */

/** Whether a field holds a moment. @param path the names down to it, with dots between */
export function isTimeField(path: string): boolean {
  return /(?:_at|^renews|\.at)$/.test(path);
}
