/** Where a job is: whether an address that Spark Hire shows may be the place the ATS names. */

import { folded } from '../../text/forms.js';
import type { Json, Place } from './values.js';

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
  if (after.length > 1) return agrees(region, after.slice(0, -1)) && agrees(country, after.slice(-1));
  const [only] = after;
  if (only === undefined || only === country) return true;
  return region === '' ? isCode(only) || agrees(country, [only]) : agrees(region, [only]);
}

export function placeValue(place: Place): Json {
  return { ...place };
}

/** Names written in full can tell two places apart, and so can codes of the same length. */
function agrees(name: string, parts: string[]): boolean {
  if (name === '' || parts.some((part) => part.startsWith(name) || name.startsWith(part))) return true;
  return !parts.some((part) =>
    isCode(part) ? isCode(name) && plainCode(part).length === plainCode(name).length : !isCode(name),
  );
}

function isCode(name: string): boolean {
  return plainCode(name).length <= 3;
}

function plainCode(name: string): string {
  return name.replace(/\./g, '');
}

/** Lower case, without post codes. */
function partsOf(address: string): string[] {
  return folded(address)
    .split(',')
    .map((part) => part.replace(/\b[\p{L}\d-]*\d[\p{L}\d-]*\b/gu, '').trim())
    .filter((part) => part !== '');
}
