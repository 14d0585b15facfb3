import { planFeatures } from '../plan-features.js';
import type {
  AdvancedLink,
  ApiKey,
  Interview,
  Job,
  Question,
  QuestionSet,
  SetQuestion,
  ShareLink,
  User,
  Webhook,
} from '../records.js';
import type { State } from '../state.js';
import type { Switches } from '../switches.js';

type Json = Record<string, unknown>;

/** How far the server's place is behind UTC. */
const localMs = 5 * 3_600_000;

/** The objects of the API, made from the records under the readings in force. */
export class Renderer {
  readonly #state: State;
  readonly #switches: Switches;

  constructor(state: State, switches: Switches) {
    this.#state = state;
    this.#switches = switches;
  }

  me(user: User): Json {
    const me = { ...this.#brief(user), type: this.#switches.meType };
    const { features: _, ...plan } = this.#plan();
    return this.#extended({
      ...me,
      company: this.#switches.meCompany === 'null' ? null : { ...this.#companyBrief(), plan },
    });
  }

  plan(): Json {
    const plan = this.#extended(this.#plan());
    return this.#switches.planEnvelope === 'plan' ? { plan } : plan;
  }

  company(): Json {
    const { company } = this.#state;
    return this.#extended({
      uuid: company.uuid,
      name: company.name,
      website: company.website,
      summary: company.summary,
      created_at: this.time(company.createdAt),
      updated_at: this.time(company.updatedAt),
      avatar: company.avatar,
      [this.#switches.companyLogo]: company.logo,
      social: {
        facebook: null,
        twitter: null,
        youtube: null,
        gplus: null,
        pintrest: null,
        rss: `${company.website}/feed.xml`,
      },
      location: {
        uuid: company.location.uuid,
        formatted_address: company.location.address,
        google_place_id: company.location.placeId,
      },
      video: null,
      industry: company.industry,
    });
  }

  /** @param withRole the answer to the creation, the only one documented to name the role */
  user(user: User, withRole = false): Json {
    const json: Json = { uuid: user.uuid, active: user.active, name: user.name };
    if (withRole || this.#switches.userRole === 'always') json.role = user.role;
    json.email = user.email;
    json.avatar = user.avatar;
    this.#stamps(json, user);
    this.#company(json);
    return this.#extended(json);
  }

  apiKey(key: ApiKey): Json {
    const owner = this.#state.anyUser(key.userUuid);
    const json: Json = { key: key.key, description: key.description, type: key.type };
    this.#put(json, 'last_used_at', key.lastUsedAt);
    this.#stamps(json, key);
    json.user = owner ? this.#brief(owner) : null;
    return this.#extended(json);
  }

  job(job: Job, detail: boolean): Json {
    const value = this.#switches.unknownFields === 'fields-and-values' && oneIn(8, job.uuid);
    const json: Json = {
      uuid: job.uuid,
      status: value && job.status === 'inactive' ? 'archived' : job.status,
      title: job.title,
    };
    this.#stamps(json, job);
    json.status_updated_at = this.time(job.statusUpdatedAt);
    if (detail) json.description = job.description;
    else if (this.#switches.listDetailFields === 'null') json.description = null;
    json.created_by = this.#author(job.createdBy);
    json.status_updated_by = this.#author(job.statusUpdatedBy);
    this.#company(json);
    json.location = this.#location(job);
    this.#openInterview(json, job, detail);
    if (detail) json.job_video = null;
    return this.#extended(json);
  }

  interview(interview: Interview, detail: boolean): Json {
    const json: Json = { uuid: interview.uuid };
    const rating = this.#rating(interview.rating);
    if (rating !== undefined) json.rating = rating;
    const value = this.#switches.unknownFields === 'fields-and-values' && oneIn(6, interview.uuid);
    json.type = value && interview.type === 'live' ? 'phone_screen' : interview.type;
    json.status = value && interview.status === 'accepted' ? 'in_progress' : this.#status(interview);
    this.#stamps(json, interview);
    this.#put(json, 'scheduled_at', interview.scheduledAt);
    this.#put(json, 'completed_at', interview.completedAt);
    json[this.#switches.jobKey] = this.#nestedJob(interview.jobUuid);
    const { candidate } = interview;
    json.assigned_to = {
      uuid: candidate.uuid,
      name: candidate.name,
      email: candidate.email,
      avatar: candidate.avatar,
    };
    this.#company(json);
    json.created_by = this.#author(interview.createdBy);
    if (detail) {
      json.questions = interview.questions.map((question) => this.question(question));
      json.share_link = this.#shareLinkField(interview.shareLink);
    } else if (this.#switches.listDetailFields === 'null') {
      json.questions = null;
      json.share_link = null;
    }
    return this.#extended(json);
  }

  question(question: Question): Json {
    const json: Json = {
      uuid: question.uuid,
      text: question.text,
      completed: question.completed,
      skipped: question.skipped,
      time_limit: question.timeLimit,
      takes: this.#takes(question),
    };
    this.#stamps(json, question);
    this.#put(json, 'started_at', question.startedAt);
    return this.#extended(json);
  }

  questionSet(set: QuestionSet, detail = true): Json {
    const json: Json = { uuid: set.uuid };
    this.#stamps(json, set);
    json.name = set.name;
    const listed = detail ? 'there' : this.#switches.listSetQuestions;
    if (listed === 'there') json.questions = set.questions.map((question) => this.#setQuestion(question));
    else if (listed !== 'missing') json.questions = listed === 'null' ? null : [];
    return this.#extended(json);
  }

  shareLink(link: ShareLink): Json {
    const json: Json = { uuid: link.uuid, url: link.url };
    this.#stamps(json, link);
    json.status = link.status;
    json.updated_by = this.#author(link.updatedBy);
    return this.#extended(json);
  }

  advancedLink(link: AdvancedLink, withInterviews: boolean): Json {
    const json: Json = { uuid: link.uuid, url: link.url };
    this.#stamps(json, link);
    json.status = link.status;
    json.reviewer = { ...link.reviewer };
    json.created_by = this.#author(link.createdBy);
    json.updated_by = this.#author(link.updatedBy);
    if (withInterviews) {
      json.interviews = link.items.flatMap((item) => {
        const interview = this.#state.interviews.get(item.interviewUuid);
        if (!interview) return [];
        const own = this.#switches.advancedInterviewIds === 'own-id';
        const entry: Json = {
          uuid: own ? item.uuid : item.interviewUuid,
          interview_uuid: item.interviewUuid,
          scheduled_at: this.time(interview.scheduledAt),
        };
        this.#put(entry, 'completed_at', interview.completedAt);
        entry.type = interview.type;
        const job = this.#state.anyJob(interview.jobUuid);
        entry.job = job ? { uuid: job.uuid, title: job.title } : null;
        return [entry];
      });
    }
    return this.#extended(json);
  }

  webhook(webhook: Webhook): Json {
    return this.#extended({
      uuid: webhook.uuid,
      description: webhook.description,
      url: webhook.url,
      http_auth: webhook.httpAuth !== null,
    });
  }

  /** The payload of InterviewRated, which the document does not describe. */
  ratingPayload(interview: Interview, by: User | undefined, at: number): Json {
    const rating = this.#rating(interview.rating) ?? null;
    switch (this.#switches.ratingPayload) {
      case 'interview':
        return this.interview(interview, true);
      case 'flat':
        return { interview_uuid: interview.uuid, rating };
      case 'opaque':
        return { id: interview.seq, score: rating };
      default:
        return this.#extended({
          uuid: `${interview.uuid.slice(0, 24)}${at.toString(16).padStart(12, '0').slice(-12)}`,
          rating,
          created_at: this.time(at),
          interview: { uuid: interview.uuid },
          user: by ? this.#brief(by) : null,
        });
    }
  }

  time(ms: number): string {
    switch (this.#switches.timestampFormat) {
      case 'z':
        return `${new Date(ms).toISOString().slice(0, 19)}Z`;
      case 'fractional':
        return `${new Date(ms).toISOString().slice(0, 23)}000+00:00`;
      case 'local-offset':
        return `${new Date(ms - localMs).toISOString().slice(0, 19)}-05:00`;
      case 'no-offset':
        return new Date(ms).toISOString().slice(0, 19);
      case 'local':
        return new Date(ms - localMs).toISOString().slice(0, 19);
      default:
        return `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
    }
  }

  /** Writes a time that may be absent. */
  #put(json: Json, name: string, ms: number | null): void {
    if (ms !== null) json[name] = this.time(ms);
    else if (this.#switches.nullTimestamps !== 'missing') json[name] = null;
  }

  #stamps(json: Json, record: { createdAt: number; updatedAt: number }): void {
    json.created_at = this.time(record.createdAt);
    const untouched = record.updatedAt === record.createdAt;
    json.updated_at =
      untouched && this.#switches.nullTimestamps === 'updated-null' ? null : this.time(record.updatedAt);
  }

  #plan(): Json {
    const { plan } = this.#state;
    const remaining = (limit: number, used: number) => (limit === -1 ? -1 : Math.max(0, limit - used));
    const json: Json = {
      name: plan.name,
      started_at: this.time(plan.startedAt),
      [this.#switches.planRenews]: this.time(plan.renewsAt),
      jobs: { remaining: remaining(plan.jobLimit, this.#state.activeJobs()), limit: plan.jobLimit },
      users: {
        remaining: remaining(plan.userLimit, this.#state.activeUsers()),
        limit: plan.userLimit,
        paid: plan.usersPaid,
      },
    };
    if (plan.downgradesTo) {
      json.downgrades_to = { name: plan.downgradesTo.name, at: this.time(plan.downgradesTo.at) };
    }
    json.features = planFeatures(plan.features, this.#switches.planFeatures);
    return json;
  }

  #brief(user: User): Json {
    return { uuid: user.uuid, name: user.name, email: user.email, avatar: user.avatar };
  }

  #author(uuid: string): Json | null {
    const user = this.#state.users.get(uuid);
    if (user) return this.#brief(user);
    const former = this.#state.deleted.users.get(uuid);
    return former && this.#switches.deletedAuthor === 'object' ? this.#brief(former) : null;
  }

  #companyBrief(): Json {
    const { uuid, name, avatar } = this.#state.company;
    return { uuid, name, avatar };
  }

  #company(json: Json): void {
    if (this.#switches.nullCompany === 'object') json.company = this.#companyBrief();
    else if (this.#switches.nullCompany === 'null') json.company = null;
  }

  #location(job: Job): Json | null {
    const { location } = job;
    if (location.workMode === 'remote' && this.#switches.remoteLocation === 'null') return null;
    return { uuid: location.uuid, formatted_address: location.address };
  }

  #openInterview(json: Json, job: Job, detail: boolean): void {
    const open = job.openInterview;
    if (!open || this.#switches.openInterview === 'null') {
      if (this.#switches.openInterview !== 'missing') json.open_interview = null;
      return;
    }
    const entry: Json = {
      uuid: open.uuid,
      link: open.link,
      expires_at: this.time(open.expiresAt),
      status: open.status,
    };
    if (detail) {
      entry.questions = open.questions.map((question) => ({
        uuid: question.uuid,
        time_limit: question.timeLimit,
        text: question.text,
      }));
    } else if (this.#switches.listDetailFields === 'null') entry.questions = null;
    json.open_interview = entry;
  }

  #nestedJob(uuid: string): Json | null {
    const job = this.#state.anyJob(uuid);
    if (!job) return null;
    if (this.#switches.nestedJob === 'full') return this.job(job, true);
    const json: Json = { uuid: job.uuid, title: job.title };
    this.#stamps(json, job);
    json.status_updated_at = this.time(job.statusUpdatedAt);
    json.status = job.status;
    json.created_by = this.#author(job.createdBy);
    json.location = this.#location(job);
    return json;
  }

  #rating(rating: number | null): unknown {
    switch (this.#switches.ratingFormat) {
      case 'null-when-unrated':
        return rating;
      case 'missing-when-unrated':
        return rating ?? undefined;
      case 'string':
        return (rating ?? 0).toFixed(2);
      case 'string-or-null':
        return rating === null ? null : String(rating);
      default:
        return rating ?? 0;
    }
  }

  #status(interview: Interview): string {
    return interview.status === 'canceled' ? this.#switches.canceledSpelling : interview.status;
  }

  #takes(question: Question): unknown {
    const limit = question.takesLimit;
    if (this.#switches.takesFormat === 'number') return limit;
    const completed = limit === -1 && question.takesCompleted === 0 ? -1 : question.takesCompleted;
    const remaining = limit === -1 ? -1 : Math.max(0, limit - question.takesCompleted);
    return this.#switches.takesFormat === 'object'
      ? { completed, remaining, limit }
      : { completed, remaining };
  }

  #setQuestion(question: SetQuestion): Json {
    const json: Json = { uuid: question.uuid, time_limit: question.timeLimit, takes: question.takes };
    if (this.#switches.thinkTime === 'string') json.think_time = String(question.thinkTime);
    else if (this.#switches.thinkTime === 'number') json.think_time = question.thinkTime;
    json.text = question.text;
    return json;
  }

  #shareLinkField(link: ShareLink | null): unknown {
    if (!link || this.#switches.shareLinkFormat === 'null') return null;
    return this.#switches.shareLinkFormat === 'string' ? link.url : this.shareLink(link);
  }

  #extended(json: Json): Json {
    if (this.#switches.unknownFields === 'none') return json;
    json.labels = ['beta', 'north'];
    json.insights = { score: 0.42, model: null };
    return json;
  }
}

/** Whether the uuid falls into one of `n` equal parts: the same objects every time. */
function oneIn(n: number, uuid: string): boolean {
  return Number.parseInt(uuid.slice(-4), 16) % n === 0;
}
