/** Names of time zones: places, as Area/Location, and UTC. All else means one thing here and another there. */
import { visible } from '../../text/invisible.js';

/** The areas of the tz database; its other first words are older names, or offsets whose sign is turned round. */
const areas = /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\//i;
const utc = /^(?:UTC|Etc\/UTC)$/i;

/** What abbreviations and the names of Windows stand for; several where nobody can tell. */
const places: Readonly<Record<string, string>> = {
  ist: 'Asia/Kolkata, Europe/Dublin or Asia/Jerusalem',
  bst: 'Europe/London or Asia/Dhaka',
  cst: 'America/Chicago, Asia/Shanghai or America/Havana',
  cdt: 'America/Chicago',
  cst6cdt: 'America/Chicago',
  est: 'America/New_York',
  edt: 'America/New_York',
  est5edt: 'America/New_York',
  mst: 'America/Denver or America/Phoenix',
  mdt: 'America/Denver',
  mst7mdt: 'America/Denver',
  pst: 'America/Los_Angeles',
  pdt: 'America/Los_Angeles',
  pst8pdt: 'America/Los_Angeles',
  ast: 'America/Halifax or Asia/Riyadh',
  akst: 'America/Anchorage',
  hst: 'Pacific/Honolulu',
  cet: 'Europe/Berlin, Europe/Paris or another place of Central Europe',
  cest: 'Europe/Berlin, Europe/Paris or another place of Central Europe',
  met: 'Europe/Berlin, Europe/Paris or another place of Central Europe',
  eet: 'Europe/Athens, Europe/Helsinki or another place of Eastern Europe',
  eest: 'Europe/Athens, Europe/Helsinki or another place of Eastern Europe',
  wet: 'Europe/Lisbon',
  msk: 'Europe/Moscow',
  gmt: 'UTC, or Europe/London for British time',
  z: 'UTC',
  jst: 'Asia/Tokyo',
  sgt: 'Asia/Singapore',
  hkt: 'Asia/Hong_Kong',
  aest: 'Australia/Sydney or Australia/Brisbane',
  acst: 'Australia/Adelaide or Australia/Darwin',
  awst: 'Australia/Perth',
  nzst: 'Pacific/Auckland',
  nst: 'America/St_Johns',
  akdt: 'America/Anchorage',
  brt: 'America/Sao_Paulo',
  art: 'America/Argentina/Buenos_Aires',
  sast: 'Africa/Johannesburg',
  wat: 'Africa/Lagos',
  eat: 'Africa/Nairobi',
  cat: 'Africa/Maputo',
  trt: 'Europe/Istanbul',
  pkt: 'Asia/Karachi',
  kst: 'Asia/Seoul',
  sst: 'Pacific/Pago_Pago',
  zulu: 'UTC',
  uct: 'UTC',
  'eastern standard time': 'America/New_York',
  'central standard time': 'America/Chicago',
  'mountain standard time': 'America/Denver',
  'pacific standard time': 'America/Los_Angeles',
  'gmt standard time': 'Europe/London',
  'w. europe standard time': 'Europe/Berlin',
  'central europe standard time': 'Europe/Budapest',
  'central european standard time': 'Europe/Warsaw',
  'romance standard time': 'Europe/Paris',
  'india standard time': 'Asia/Kolkata',
};

/** The zone's own name of today; null if Node knows none. */
function resolved(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

interface Read {
  /** Null for a place or UTC; else what is wrong, as a clause. */
  problem: string | null;
  /** In the case that all programs know. */
  name: string;
}

const known = new Map<string, Read>();
const mostKnown = 2000;

export function readTimezone(name: string): Read {
  const before = known.get(name);
  if (before !== undefined) return before;
  const read = judged(name);
  if (known.size >= mostKnown) known.clear();
  known.set(name, read);
  return read;
}

function judged(name: string): Read {
  const place = utc.test(name) || areas.test(name) ? resolved(name) : null;
  if (place !== null) return { problem: null, name: wellCased(name, place) };
  const likely = places[name.toLowerCase()] ?? placeOf(name);
  return { problem: `${visible(name)} is none${likely === null ? '' : ` (did you mean ${likely}?)`}`, name };
}

/** Node takes any case, and other programs do not. An older name stays as it is, if it is written as names are. */
function wellCased(name: string, place: string): string {
  if (utc.test(name)) return name.length === 3 ? 'UTC' : 'Etc/UTC';
  if (place.toLowerCase() === name.toLowerCase()) return place;
  return /^[A-Z][a-z]+(?:\/[A-Z][\w+-]*)+$/.test(name) ? name : place;
}

/** Three capitals are an abbreviation; what ICU takes some for (ART: Cairo) few people mean. */
const abbreviation = /^[A-Z]{3}$/;

/** The place behind an older name (US/Pacific, Japan), or one that was written with blanks. */
function placeOf(name: string): string | null {
  if (abbreviation.test(name)) return null;
  const place = resolved(name.replace(/ *\/ */g, '/').replace(/ +/g, '_'));
  return place !== null && areas.test(place) ? place : null;
}
