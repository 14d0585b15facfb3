// Medians, ratios and tables.
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/**
 * The line through points [x, y], ascending in x, by least squares: its slope, and the standard error of that. Neighbours
 * that resemble each other count for less: the error is widened by the residuals' correlation from one to the next.
 */
export function slope(points) {
  const n = points.length;
  const mean = (i) => points.reduce((sum, point) => sum + point[i], 0) / n;
  const [x0, y0] = [mean(0), mean(1)];
  const sxx = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  const by = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / sxx;
  const residuals = points.map(([x, y]) => y - y0 - by * (x - x0));
  const rest = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const next = residuals.reduce((sum, residual, i) => sum + residual * (residuals[i + 1] ?? 0), 0);
  const alike = rest === 0 ? 0 : Math.min(0.95, Math.max(0, next / rest));
  return { slope: by, error: Math.sqrt((rest / (n - 2) / sxx) * ((1 + alike) / (1 - alike))) };
}

/** The most arrivals (in milliseconds, ascending) in any window, wherever it begins; earlier runs count too, as they do for the server. */
export function mostInWindow(arrivals, windowMs) {
  let most = 0;
  let first = 0;
  for (let last = 0; last < arrivals.length; last++) {
    while (arrivals[last] - arrivals[first] >= windowMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

export const whole = (value) => (value == null ? '–' : Math.round(value).toLocaleString('en'));
export const fixed = (value, digits = 2) => (value == null ? '–' : value.toFixed(digits));

/** Prints rows of text under a head; the first column to the left, the others to the right. */
export function printTable(head, rows) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => String(row[i]).length)));
  const line = (row) =>
    row
      .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i])))
      .join('  ');
  console.log(line(head));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(row));
}
