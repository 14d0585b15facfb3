/** Rows as the API shows them. */
import type { WorkableSwitches } from './switch-table.js';
import type { Activity, Candidate, Job, Member, StageRow, World } from './world/world.js';

const seconds = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const secondsOrNull = (ms: number | null) => (ms === null ? null : seconds(ms));
const exact = (ms: number) => new Date(ms).toISOString();

export class Shapes {
  readonly #world: World;
  readonly #switches: WorkableSwitches;
  readonly #origin: () => string;

  constructor(world: World, switches: WorkableSwitches, origin: () => string) {
    this.#world = world;
    this.#switches = switches;
    this.#origin = origin;
  }

  #extra(): object {
    return this.#switches.unknownFields === 'extra' ? { not_in_the_documents: { nested: [1] } } : {};
  }

  member({ id, name, email, role, active }: Member) {
    const roles = [role === 'admin' ? 'ats.admin' : 'ats.simple'];
    const hris = { hris_role: 'hris_employee', hris_member_scope: null };
    const shown = { id, name, headline: null, email, role, type: 'Member', roles, active };
    return { ...shown, collaboration_rules: [], ...hris, ...this.#extra() };
  }

  stage({ id, identifier, slug, name, kind, position }: StageRow) {
    return { id, identifier, slug, name, kind, position, ...this.#extra() };
  }

  job(job: Job) {
    const { id, title, code, shortcode, state, sample, confidential, city, region, country } = job;
    const url = `${this.#origin()}/jobs/${shortcode}`;
    return {
      id,
      title,
      full_title: code === null ? title : `${title} - ${code}`,
      shortcode,
      code,
      state,
      sample,
      confidential,
      department: null,
      department_hierarchy: [],
      url,
      application_url: `${url}/candidates/new`,
      shortlink: `${this.#origin()}/j/${shortcode}`,
      workplace_type: 'on_site',
      location: {
        location_str: [city, region, country].filter((part) => part !== null).join(', ') || null,
        country,
        country_code: country === null ? null : 'US',
        region,
        region_code: region === null ? null : 'MA',
        city,
        zip_code: null,
        telecommuting: false,
        workplace_type: 'on_site',
      },
      locations: [],
      created_at: seconds(job.created_at),
      updated_at: seconds(job.updated_at),
      keywords: null,
      ...this.#extra(),
    };
  }

  /** As it is shown by itself. */
  jobInFull(job: Job) {
    // Whether it is a sample is shown in lists only.
    const { sample: ___, ...listed } = this.job(job);
    const { location_str: _, workplace_type: __, region, region_code, ...rest } = listed.location;
    const isInFull = this.#switches.jobRegion === 'region';
    const location = { ...rest, ...(isInFull ? { region, region_code } : { region_code: region }) };
    const full = this.#switches.jobDescription === 'full_description';
    return {
      ...listed,
      location,
      employment_type: 'Full-time',
      ...(full ? { full_description: job.description } : {}),
      description: job.description,
      requirements: null,
      benefits: null,
      industry: null,
      function: null,
      experience: null,
      education: null,
    };
  }

  candidate(one: Candidate) {
    const { account } = this.#world;
    const stage = this.#world.stage(one.job, one.stage)!;
    const job = this.#world.tables.jobs.get(one.job)!;
    return {
      id: one.id,
      name: [one.firstname, one.lastname].filter((part) => part !== '').join(' '),
      firstname: one.firstname,
      lastname: one.lastname,
      headline: null,
      account: { subdomain: account.subdomain, name: account.name },
      job: { shortcode: job.shortcode, title: job.title },
      stage: stage.name,
      stage_kind: stage.kind,
      disqualified: one.disqualified,
      anonymized: one.anonymized,
      disqualification_reason: one.disqualified ? 'Not a match' : null,
      hired_at: secondsOrNull(one.hired_at),
      moved_to_offer_at: null,
      sourced: one.sourced,
      profile_url: `${this.#origin()}/backend/jobs/${job.id}/candidates/${one.id}`,
      address: null,
      phone: one.phone,
      email: one.email,
      domain: null,
      outlet: null,
      common_source: 'Unknown',
      common_source_category: 'Other',
      created_at: seconds(one.created_at),
      updated_at: seconds(one.updated_at),
      ...this.#extra(),
    };
  }

  /** As they are shown by themselves. */
  candidateInFull(one: Candidate) {
    return {
      ...this.candidate(one),
      image_url: null,
      disqualified_at: secondsOrNull(one.disqualified_at),
      withdrew: one.withdrew,
      outbound_mailbox: `${one.id}@outbound.example.com`,
      uploader_id: null,
      cover_letter: null,
      summary: null,
      education_entries: [],
      experience_entries: [],
      skills: [],
      answers: [],
      resume_url: null,
      tags: one.tags,
      originating_candidate_id: one.originating,
    };
  }

  activity(one: Activity, job: string) {
    const stageOf = (slug: string | null) => {
      const stage = slug === null ? undefined : this.#world.stage(job, slug);
      if (stage === undefined) return null;
      const { id, identifier, name } = stage;
      return { id, identifier, name, slug: stage.slug };
    };
    const member = one.member === null ? undefined : this.#world.tables.members.get(one.member);
    const action_stage = stageOf(one.action_stage);
    const isEscaped = one.action === 'comment' && this.#switches.commentShown === 'escaped';
    return {
      id: one.id,
      action: one.action,
      stage_name: action_stage?.name ?? null,
      action_stage,
      target_stage: stageOf(one.target_stage),
      created_at: exact(one.created_at),
      updated_at: exact(one.created_at),
      ...(member === undefined ? {} : { member: { id: member.id, name: member.name, type: 'Member' } }),
      body: isEscaped && one.body !== null ? `<p>${escaped(one.body)}</p>` : one.body,
      ...this.#extra(),
    };
  }
}

const escaped = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\n/g, '<br>');
