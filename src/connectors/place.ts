/** A place that an ATS has as one text. */

export interface Place {
  city: string | null;
  region: string | null;
  country: string | null;
}

/**
 * "City, Region, Country", or "City, Country"; of more parts the last two are region and country. What is missing stays
 * missing: a row without it is told, nothing is guessed.
 */
export function placeOf(text: string | null): Place {
  const parts = (text ?? '').split(',').flatMap((part) => part.trim() || []);
  const country = parts.length > 1 ? parts.pop()! : null;
  const region = parts.length > 1 ? parts.pop()! : null;
  return { city: parts.length > 0 ? parts.join(', ') : null, region, country };
}
