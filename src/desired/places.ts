/** Whether a job of the ATS and one of Spark Hire may be at the same place. */
import type { Place } from '../reconcile/types.js';

/** Words in lower case without accents, with a blank before, between and after them. */
function folded(text: string): string {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return ` ${words.filter((word) => word !== '').join(' ')} `;
}

/**
 * Spark Hire answers a formatted address, whatever was sent. The city must stand in it, as a word; of a work place the
 * part before the first comma. Where one side tells no place, nothing speaks against it: a person is asked.
 */
export function mayBeSamePlace(place: Place, formattedAddress: string | null): boolean {
  if (place.kind === 'locality' && place.work_mode === 'remote') return true;
  const town = folded((place.kind === 'location' ? place.city : (place.work_place ?? '')).split(',')[0]!);
  const address = folded(formattedAddress ?? '');
  return town.trim() === '' || address.trim() === '' || address.includes(town);
}
