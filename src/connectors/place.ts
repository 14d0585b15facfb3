/** A place that an ATS has as one text. */

export interface Place {
  city: string | null;
  region: string | null;
  country: string | null;
}

/**
 * "City, Region, Country", or "City, Country". What is missing stays missing, and of more parts nobody knows which is which:
 * a row without a place is told, nothing is guessed.
 */
export function placeOf(text: string | null): Place {
  const parts = (text ?? '').split(',').flatMap((part) => part.trim() || []);
  if (parts.length > 3) return { city: null, region: null, country: null };
  const country = parts.length > 1 ? parts.pop()! : null;
  const region = parts.length > 1 ? parts.pop()! : null;
  return { city: parts[0] ?? null, region, country };
}
