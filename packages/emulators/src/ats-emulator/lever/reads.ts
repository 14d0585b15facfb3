/** What is asked for by GET. */
import { type Page, type Place, pageOf } from './paging.js';
import { badRequest, notFound } from './refusal.js';
import {
  type Showing,
  shownApplication,
  shownNote,
  shownOpportunity,
  shownPosting,
  shownUser,
} from './shapes.js';
import type { Confidentiality, Opportunity } from './world/world.js';

export interface Asked extends Showing {
  query: URLSearchParams;
  /** Whether the key may see what is confidential. */
  seesConfidential: boolean;
}

function number(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null) return null;
  if (!/^\d+$/.test(text)) throw badRequest(`${name} must be a time in milliseconds`);
  return Number(text);
}

/** Hidden unless it is asked for. @throws Refusal 400 */
function isShown(confidentiality: Confidentiality, { query, seesConfidential }: Asked): boolean {
  const wanted = query.get('confidentiality') ?? 'non-confidential';
  if (!['all', 'confidential', 'non-confidential'].includes(wanted))
    throw badRequest('confidentiality must be all, confidential or non-confidential');
  if (confidentiality === 'confidential' && !seesConfidential) return false;
  return wanted === 'all' || wanted === confidentiality;
}

/** By stage, then who advanced last, then id. */
const placeIn =
  ({ world }: Asked) =>
  ({ stage, lastAdvancedAt, id }: Opportunity): Place => [world.positionOf(stage), -lastAdvancedAt, id];

export function listOpportunities(asked: Asked): Page {
  const { world, switches, query } = asked;
  const stages = query.getAll('stage_id');
  const postings = query.getAll('posting_id');
  const since = number(query, 'updated_at_start');
  const until = number(query, 'updated_at_end');
  const archived = query.get('archived');
  const rows = [...world.tables.opportunities.values()].filter((row) => {
    if (!isShown(row.confidentiality, asked)) return false;
    if (switches.stageFilter === 'filters' && stages.length > 0 && !stages.includes(row.stage)) return false;
    if (archived !== null && (row.archived !== null) !== (archived === 'true')) return false;
    if (postings.length > 0 && !postings.some((posting) => isFor(row, posting, asked))) return false;
    if (switches.updatedFilter === 'nothing') return true;
    const at = switches.updatedAt === 'none' ? null : row.updatedAt;
    if (at === null) return (since === null && until === null) || switches.updatedFilter === 'older-ones';
    return (since === null || at >= since) && (until === null || at <= until);
  });
  return pageOf(rows, placeIn(asked), (row) => shownOpportunity(row, asked), query, switches);
}

function isFor({ applications }: Opportunity, posting: string, { world }: Asked): boolean {
  return applications.some((id) => world.tables.applications.get(id)?.posting === posting);
}

/** @throws Refusal 404 */
export function opportunityOf(id: string, asked: Asked): Opportunity {
  const row = asked.world.tables.opportunities.get(id);
  if (row === undefined || (row.confidentiality === 'confidential' && !asked.seesConfidential))
    throw notFound();
  return row;
}

export function listDeleted(asked: Asked): Page {
  const { world, query, switches } = asked;
  const since = number(query, 'deleted_at_start');
  const rows = [...world.tables.deletedOpportunities].filter(([, at]) => since === null || at >= since);
  return pageOf(
    rows,
    ([id, at]) => [at, id],
    ([id, deletedAt]) => ({ id, deletedAt }),
    query,
    switches,
  );
}

export function listApplications(id: string, asked: Asked): Page {
  const of = opportunityOf(id, asked);
  const rows = of.applications.flatMap((one) => asked.world.tables.applications.get(one) ?? []);
  const show = (row: (typeof rows)[number]) => shownApplication(row, of, asked);
  return pageOf(rows, ({ createdAt, id: own }) => [createdAt, own], show, asked.query, asked.switches);
}

export function oneApplication(id: string, application: string, asked: Asked): Record<string, unknown> {
  const of = opportunityOf(id, asked);
  const row = asked.world.tables.applications.get(application);
  if (row === undefined || row.opportunityId !== of.id) throw notFound();
  return shownApplication(row, of, asked);
}

export function listNotes(id: string, asked: Asked): Page {
  const of = opportunityOf(id, asked);
  const rows = [...asked.world.tables.notes.values()].filter(({ opportunityId }) => opportunityId === of.id);
  // The newest first.
  const place = ({ createdAt, id: own }: (typeof rows)[number]): Place => [-createdAt, own];
  return pageOf(rows, place, (row) => shownNote(row, asked), asked.query, asked.switches);
}

export function listPostings(asked: Asked): Page {
  const { world, query, switches } = asked;
  const states = query.getAll('state');
  const rows = [...world.tables.postings.values()].filter(
    (row) => isShown(row.confidentiality, asked) && (states.length === 0 || states.includes(row.state)),
  );
  const place = ({ createdAt, id }: (typeof rows)[number]): Place => [-createdAt, id];
  return pageOf(rows, place, (row) => shownPosting(row, asked), query, switches);
}

export function onePosting(id: string, asked: Asked): Record<string, unknown> {
  const row = asked.world.tables.postings.get(id);
  if (row === undefined || (row.confidentiality === 'confidential' && !asked.seesConfidential))
    throw notFound();
  return shownPosting(row, asked);
}

export function listUsers(asked: Asked): Page {
  const { world, query, switches } = asked;
  const isAll = query.get('includeDeactivated') === 'true';
  const rows = [...world.tables.users.values()].filter(
    ({ deactivatedAt }) => isAll || deactivatedAt === null,
  );
  const place = ({ createdAt, id }: (typeof rows)[number]): Place => [-createdAt, id];
  return pageOf(rows, place, (row) => shownUser(row, asked), query, switches);
}

export function oneUser(id: string, asked: Asked): Record<string, unknown> {
  const row = asked.world.tables.users.get(id);
  if (row === undefined) throw notFound();
  return shownUser(row, asked);
}

export function listStages(asked: Asked): Page {
  const rows = [...asked.world.tables.stages.values()].entries();
  const show = ([, { id, text }]: [number, { id: string; text: string }]) => ({ id, text });
  return pageOf(rows, ([at]) => [at], show, asked.query, asked.switches);
}

export function listArchiveReasons(asked: Asked): Page {
  const rows = [...asked.world.tables.archiveReasons.values()].entries();
  return pageOf(
    rows,
    ([at]) => [at],
    ([, { id, text, type }]) => ({ id, text, status: 'active', type }),
    asked.query,
    asked.switches,
  );
}
