// Interviews in the shape of the API's list items, the same ones for the same seed: item n depends on n alone.

import { interviewRow } from '../dist/mirror/mapping.js';
import { readRow } from '../dist/sparkhire/reading.js';
import { interviewSchema } from '../dist/sparkhire/resources/interviews.js';
import { Random } from '../packages/emulators/dist/emulation/random.js';

const givenNames = [
  'Åse',
  'Mateus',
  'Nadia',
  'Oluwaseun',
  'Søren',
  'Marie-Claire',
  'Ngọc',
  'Jan',
  'Ewa',
  'Ko',
];
const familyNames = [
  'Bakken',
  "O'Neill",
  'Çelik',
  'de la Fuente',
  'Wójcik',
  'Nakagawa',
  'Haugen',
  'Smith "Bo"',
];
const titles = ['Night nurse', 'Forklift driver\twarehouse 3', 'Sous-chef', 'Service technician (C:\\ALARM)'];
const towns = ['Bergen, Norway', 'São Paulo, Brazil', 'Łódź, Poland', 'Springfield, Illinois, USA'];
const statuses = ['requested', 'accepted', 'completed', 'completed', 'expired', 'canceled'];
const start = Date.parse('2023-01-02T08:00:00Z');

const time = (ms) => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;

function people(seed, count) {
  const random = new Random(seed);
  return Array.from({ length: count }, () => person(random, 'fjordlys.example.com'));
}

function person(random, domain) {
  const name = `${random.pick(givenNames)} ${random.pick(familyNames)}`;
  const uuid = random.uuid();
  const avatar = `https://cdn.example.com/avatars/${uuid.slice(0, 8)}.png`;
  return { uuid, name, email: `${uuid.slice(9, 13)}.${uuid.slice(24)}@${domain}`, avatar };
}

const company = { uuid: new Random('company').uuid(), name: 'Fjordlys Staffing', avatar: null };
const users = people('users', 12);

const jobs = Array.from({ length: 200 }, (_, i) => {
  const random = new Random(`job ${i}`);
  const created = start - random.between(1, 200) * 86_400_000;
  return {
    uuid: random.uuid(),
    title: `${random.pick(titles)} ${i}`,
    status: random.chance(0.7) ? 'active' : 'inactive',
    status_updated_at: time(created + 40_000),
    created_by: random.pick(users),
    location: { uuid: random.uuid(), formatted_address: random.pick(towns) },
    created_at: time(created),
    updated_at: time(created + 90_000),
  };
});

/**
 * List item number `n`, about 1.2 KB as JSON; `updated_at` grows with n, as in a listing by `updated_asc`.
 * @param changed the same interview a second later, with another status and rating
 */
export function listItem(n, changed = false) {
  const random = new Random(`interview ${n}`);
  const created = start + n * 611_000;
  const status = random.pick(statuses);
  const completed = status === 'completed';
  const later = changed ? 1000 : 0;
  return {
    uuid: random.uuid(),
    rating: changed ? 4.5 : completed ? random.between(5, 40) / 10 : 0,
    type: random.chance(0.8) ? 'one_way' : 'live',
    status: changed ? 'reviewed' : status,
    created_at: time(created),
    updated_at: time(created + 300_000 + later),
    scheduled_at: time(created + 7 * 86_400_000),
    completed_at: completed ? time(created + 200_000) : null,
    job_post: random.pick(jobs),
    assigned_to: person(random, 'candidates.example.net'),
    company,
    created_by: random.pick(users),
  };
}

/** List items `from` to `to` (excluded) as the client reads and the mirror maps them. */
export function mirrorRows(from, to, changed = false) {
  const rows = [];
  for (let n = from; n < to; n++)
    rows.push(interviewRow(readRow(interviewSchema, listItem(n, changed)), 'list'));
  return rows;
}

/** The mean size of an item as JSON. */
export function itemBytes() {
  let bytes = 0;
  for (let n = 0; n < 1000; n++) bytes += Buffer.byteLength(JSON.stringify(listItem(n)));
  return Math.round(bytes / 1000);
}
