/** Where a job is: whether an address that Spark Hire shows may be the place the ATS names. */
import { folded } from './equality.js';
import type { Json, Place } from './types.js';

/**
 * Spark Hire shows one formatted address, which is not what was sent: regions and countries may be abbreviated there
 * or here. So the city must be in it, and a region speaks against it only if both are written in the same manner.
 */
export function mayBeAt(place: Place, address: string | null): boolean {
  const parts = partsOf(address ?? '');
  if (place.kind === 'locality') {
    const workPlace = folded(place.work_place ?? '');
    if (parts.length === 0) return workPlace === '' || place.work_mode === 'remote';
    if (place.work_mode === 'remote' && parts.includes('remote')) return true;
    return workPlace !== '' && partsOf(workPlace).join() === parts.join();
  }
  const city = parts.indexOf(folded(place.city));
  if (city < 0) return false;
  const after = parts.slice(city + 1);
  const country = folded(place.country ?? '');
  const region = folded(place.state ?? '');
  // The last part is the country if there are two; one alone may be either.
  const regions = after.length > 1 ? after.slice(0, -1) : after.filter((part) => part !== country);
  const countries = after.length > 1 ? after.slice(-1) : after.filter((part) => part !== region);
  return agrees(region, regions) && (after.length < 2 || agrees(country, countries));
}

export function placeValue(place: Place): Json {
  return { ...place };
}

function agrees(name: string, parts: string[]): boolean {
  if (name === '' || parts.includes(name)) return true;
  return !parts.some((part) => isShort(part) === isShort(name));
}

function isShort(name: string): boolean {
  return name.replace(/\./g, '').length <= 3;
}

/** Lower case, without post codes. */
function partsOf(address: string): string[] {
  return folded(address)
    .split(',')
    .map((part) => part.replace(/\b[\p{L}\d-]*\d[\p{L}\d-]*\b/gu, '').trim())
    .filter((part) => part !== '');
}
