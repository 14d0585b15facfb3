/** Rows as the API shows them. */
import type { LeverSwitches } from './switch-table.js';
import type { Application, Note, Opportunity, Posting, User, World } from './world/world.js';

const site = 'https://hire.example.com';

/** What is asked for besides the row. */
export interface Showing {
  world: World;
  switches: LeverSwitches;
  /** Names of what is shown in full in place of its id. */
  expand: ReadonlySet<string>;
}

function whole(fields: Record<string, unknown>, { unknownFields, absentValues }: LeverSwitches) {
  const all = unknownFields === 'extra' ? { ...fields, introducedLater: { nested: [1] } } : fields;
  if (absentValues === 'null') return all;
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

export function shownOpportunity(row: Opportunity, showing: Showing): Record<string, unknown> {
  const { world, switches, expand } = showing;
  const expands = switches.expand === 'expands' && expand.has('applications');
  const posting = [...row.applications]
    .flatMap((id) => world.tables.applications.get(id) ?? [])
    .map((application) => world.tables.postings.get(application.posting))
    .at(-1);
  const { updatedAt } = switches;
  return whole(
    {
      id: row.id,
      name: row.name,
      contact: row.contact,
      headline: row.headline,
      stage: row.stage,
      confidentiality: row.confidentiality,
      location: '',
      phones: row.phones,
      emails: row.emails,
      links: row.links,
      archived: row.archived,
      tags: row.tags,
      sources: row.sources,
      stageChanges: row.stageChanges.map(({ userId, ...change }) =>
        switches.stageChangeUser === 'no' || userId === null ? change : { ...change, userId },
      ),
      origin: row.origin,
      sourcedBy: row.origin === 'sourced' ? row.owner : null,
      owner: row.owner,
      followers: row.owner === null ? [] : [row.owner],
      applications: expands
        ? row.applications.flatMap((id) => {
            const application = world.tables.applications.get(id);
            return application ? [shownApplication(application, row, showing)] : [];
          })
        : row.applications,
      createdAt: row.createdAt,
      updatedAt:
        updatedAt === 'none' ? null : updatedAt === 'all' ? (row.updatedAt ?? row.createdAt) : row.updatedAt,
      lastInteractionAt: row.lastInteractionAt,
      lastAdvancedAt: row.lastAdvancedAt,
      snoozedUntil: null,
      urls: { list: `${site}/candidates`, show: `${site}/candidates/${row.id}` },
      isAnonymized: row.isAnonymized,
      dataProtection: null,
      ...(posting?.location ? { opportunityLocation: posting.location } : {}),
    },
    switches,
  );
}

export function shownApplication(row: Application, of: Opportunity, { world, switches }: Showing) {
  const posting = world.tables.postings.get(row.posting);
  return whole(
    {
      id: row.id,
      type: row.type,
      candidateId: of.id,
      opportunityId: of.id,
      posting: row.posting,
      postingHiringManager: posting?.hiringManager ?? null,
      postingOwner: posting?.owner ?? null,
      name: null,
      company: null,
      phone: null,
      email: null,
      links: [],
      comments: null,
      user: null,
      customQuestions: [],
      createdAt: row.createdAt,
      archived: of.archived,
      requisitionForHire: null,
      ipAddress: null,
      referer: null,
      userAgent: null,
      acceptLanguage: null,
      timezone: null,
    },
    switches,
  );
}

export function shownPosting(row: Posting, { switches }: Showing) {
  const show = `https://jobs.example.com/${row.id}`;
  return whole(
    {
      id: row.id,
      text: row.text,
      state: row.state,
      distributionChannels: row.state === 'published' ? ['public'] : null,
      user: row.owner,
      owner: row.owner,
      hiringManager: row.hiringManager,
      categories: {
        commitment: 'Full-time',
        department: 'Care',
        level: null,
        location: row.location,
        team: 'Nursing',
        allLocations: row.location === null ? [] : [row.location],
      },
      tags: [],
      content: {
        description: row.description,
        descriptionHtml: row.description === '' ? '' : `<div>${row.description}</div>`,
        lists: [],
        closing: '',
        closingHtml: '',
      },
      country: row.country,
      followers: row.owner === null ? [] : [row.owner],
      reqCode: null,
      requisitionCodes: [],
      urls: row.state === 'draft' ? null : { list: 'https://jobs.example.com', show, apply: `${show}/apply` },
      confidentiality: row.confidentiality,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
      workplaceType: row.workplaceType,
      transcribeInterviews: false,
      screening: { enabled: false },
    },
    switches,
  );
}

export function shownUser(row: User, { switches }: Showing) {
  return whole(
    {
      id: row.id,
      name: row.name,
      username: row.username,
      email: row.email,
      accessRole: row.accessRole,
      photo: null,
      createdAt: row.createdAt,
      deactivatedAt: row.deactivatedAt,
      externalDirectoryId: null,
      linkedContactIds: null,
      jobTitle: null,
      managerId: null,
    },
    switches,
  );
}

export function shownNote(row: Note, { switches }: Showing) {
  const { createdAt, stage, user, value } = row;
  return whole(
    {
      id: row.id,
      text: 'Note',
      fields: [{ createdAt, score: null, stage, text: 'Comment', type: 'note', user, value }],
      user,
      secret: false,
      completedAt: createdAt,
      deletedAt: null,
      createdAt,
    },
    switches,
  );
}
