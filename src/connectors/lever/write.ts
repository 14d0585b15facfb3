/**
 * Results written into Lever: a link, a tag or a note on the opportunity, or a move to another stage.
 *
 * Links and tags are sets: what is there already is not there twice, and a look tells. A note can be written twice, so the
 * notes of an opportunity are looked through for the marker before. A move has no "only from there": where the opportunity
 * stands is looked at just before.
 *
 * Nothing of the answer to a write counts: some show an opportunity without its name and addresses.
 */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { Found, Result, Sent, Write, Writer } from '../connector.js';
import { wholeList } from '../decoded.js';
import { foldName } from '../pull/triggers.js';
import { attempt } from '../write-back/attempt.js';
import { lookAtEach } from '../write-back/look-at-each.js';
import { isOwnTag, tagText } from '../write-back/results.js';
import type { LeverAccount } from './account.js';
import { id, type LeverClient, type Parameters } from './client.js';
import { entriesOf, type Opportunity, opportunitySchema } from './opportunities.js';
import { userSchema } from './postings.js';
import type { LeverSettings } from './settings.js';

const noteSchema = z.object({
  id,
  fields: z.array(z.object({ value: z.unknown() }).nullable().catch(null)).nullish(),
});
type Note = z.output<typeof noteSchema>;

export interface LeverWriterOptions {
  client: LeverClient;
  settings: LeverSettings;
  known: LeverAccount;
  /** Throws where nothing at all is shown, since that is no news of what was asked for. */
  prove(signal: AbortSignal): Promise<void>;
}

interface Leaving {
  leaving: () => Promise<void>;
  signal: AbortSignal;
}

export function leverWriter({ client, settings, known, prove }: LeverWriterOptions): Writer {
  const pathOf = (opportunity: string) => `/opportunities/${encodeURIComponent(opportunity)}`;
  let named: string | null = null;
  /** Until a write without a name was refused. */
  let mayBeNobody = true;

  const opportunity = (of: string, signal: AbortSignal) =>
    client.one(pathOf(of), opportunitySchema, {}, signal);

  /** The id of the user of the settings; null: none is set. @throws SyncError ATS_REQUEST_REFUSED where Lever has none */
  async function performer(signal: AbortSignal): Promise<string | null> {
    const { performAs } = settings;
    if (performAs === null || !performAs.includes('@')) return performAs;
    if (named !== null) return named;
    for await (const users of client.list('/users', userSchema, {}, signal)) {
      const found = users.find(({ email }) => email?.toLowerCase() === performAs.toLowerCase());
      if (found !== undefined) {
        named = found.id;
        return named;
      }
    }
    throw new SyncError(
      'ATS_REQUEST_REFUSED',
      'Lever shows no active user with the address of `ats.performAs`.',
      {
        remedy: 'Correct `ats.performAs`: the id or the e-mail address of a user who is active in Lever.',
      },
    );
  }

  /**
   * Whether Lever wants a name for a write is not known: what is refused without one did nothing, and is tried in the
   * name of the opportunity's owner.
   */
  async function send(
    method: 'POST' | 'PUT',
    path: string,
    body: object,
    owner: string | null,
    { leaving, signal }: Leaving,
  ): Promise<Sent> {
    const once = (parameters: Parameters) =>
      attempt('Lever', () => client.write(method, path, parameters, body, signal, leaving));
    const by = await performer(signal);
    if (by !== null) return once({ perform_as: by });
    let reason = '';
    for (const name of owner === null ? [null] : mayBeNobody ? [null, owner] : [owner]) {
      const sent = await once(name === null ? {} : { perform_as: name });
      if (sent.outcome !== 'refused') {
        mayBeNobody = name === null;
        return sent;
      }
      reason = sent.reason;
    }
    throw new SyncError('ATS_FORBIDDEN', `Lever takes no write in nobody's name. ${reason}`, {
      remedy: 'Set `ats.performAs` to the id or the e-mail address of an active Lever user.',
    });
  }

  function notesOf(row: Opportunity, signal: AbortSignal): Promise<Note[]> {
    return wholeList(client.list(`${pathOf(row.id)}/notes`, noteSchema, {}, signal));
  }

  async function lookForNote(result: Result, row: Opportunity, signal: AbortSignal): Promise<Found> {
    const notes = await notesOf(row, signal);
    const isOurs = ({ fields }: Note) =>
      (fields ?? []).some((field) => typeof field?.value === 'string' && field.value.includes(result.marker));
    const there = notes.find(isOurs)?.id ?? null;
    const isDoubtful = result.isLost && notes.length === 0;
    return told(result, row, there, { path: 'notes', body: { value: result.text } }, isDoubtful);
  }

  function lookForLink(result: Result, row: Opportunity): Found {
    const there = row.links.find((link) => result.links.some((one) => isSameLink(one, link))) ?? null;
    const [link] = result.links;
    // Before there is anything to watch: the state alone.
    if (link === undefined) return lookForTag(result, row);
    return told(result, row, there, { path: 'addLinks', body: { links: [link] } });
  }

  function lookForTag(result: Result, row: Opportunity): Found {
    const tag = tagText(result.state);
    const there = row.tags.includes(tag) ? tag : null;
    return told(result, row, there, { path: 'addTags', body: { tags: [tag] } });
  }

  /** Where a state is told, however that is, a tag of another state would be wrong: it is taken away. */
  function told(
    { state }: Result,
    row: Opportunity,
    there: string | null,
    { path, body }: { path: string; body: object },
    isDoubtful = false,
  ): Found {
    const stale = row.tags.filter((tag) => isOwnTag(tag) && tag !== tagText(state));
    if (there !== null && stale.length === 0) return { is: 'there', reference: there };
    const post = (what: string, content: object, at: Leaving) =>
      send('POST', `${pathOf(row.id)}/${what}`, content, row.owner, at);
    const write: Write = async (leaving, signal) => {
      const at = { leaving, signal };
      const written: Sent =
        there === null ? await post(path, body, at) : { outcome: 'done', reference: there };
      if (written.outcome !== 'done' || stale.length === 0) return written;
      const removed = await post('removeTags', { tags: stale }, at);
      return removed.outcome === 'unknown' ? removed : written;
    };
    return { is: 'absent', write, isDoubtful };
  }

  async function lookForMove(result: Result, row: Opportunity, signal: AbortSignal): Promise<Found> {
    const stages = await known.stages(signal);
    const isCalled = (wanted: string, stage: { id: string; text: string }) =>
      wanted === stage.id || foldName(wanted) === foldName(stage.text);
    const target = stages.find((stage) => isCalled(result.target, stage));
    if (target === undefined) return { is: 'overtaken', reason: `Lever has no stage “${result.target}”` };
    const judged = (now: Opportunity): string | null => {
      if (now.archived != null) return 'the application has ended';
      const entry = entriesOf(now, null).find(({ isCurrent }) => isCurrent);
      const stage = stages.find((one) => one.id === now.stage);
      const isOurs = stage !== undefined && result.ownStages.some((own) => isCalled(own, stage));
      if (entry?.id === result.entryId || isOurs) return null;
      return 'somebody moved the application to another stage meanwhile';
    };
    if (row.stage === target.id) return { is: 'there', reference: target.id };
    // What it would enter would be a trigger: people would be invited by our own doing.
    if (settings.triggers.some(({ stage }) => isCalled(stage, target)))
      return { is: 'overtaken', reason: `people are invited because of the stage “${result.target}”` };
    const reason = judged(row);
    if (reason !== null) return { is: 'overtaken', reason };
    const write: Write = async (leaving, signal) => {
      const now = await opportunity(row.id, signal);
      const late = now === null ? 'Lever does not have it any more' : judged(now);
      if (late !== null) return { outcome: 'refused', reason: late };
      return send('PUT', `${pathOf(row.id)}/stage`, { stage: target.id }, row.owner, { leaving, signal });
    };
    return { is: 'absent', write, isDoubtful: false };
  }

  function look(result: Result, row: Opportunity, signal: AbortSignal): Promise<Found> | Found {
    switch (result.kind) {
      case 'note':
        return lookForNote(result, row, signal);
      case 'link':
        return lookForLink(result, row);
      case 'tag':
        return lookForTag(result, row);
      case 'move':
        return lookForMove(result, row, signal);
      default:
        return { is: 'overtaken', reason: 'Lever has no such field' };
    }
  }

  return {
    async look(results, signal) {
      return lookAtEach(
        results,
        (id) => opportunity(id, signal),
        () => prove(signal),
        (result, row) => look(result, row, signal),
      );
    },
  };
}

const plainLink = (link: string) => link.trim().replace(/\/+$/, '').toLowerCase();
const isSameLink = (one: string, other: string) => plainLink(one) === plainLink(other);
