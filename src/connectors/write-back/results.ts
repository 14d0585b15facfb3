/** What is told the ATS of an interview, and in which words. Pure. */
import type { Result, ResultState } from '../connector.js';
import type { SettingsOfEach } from '../settings-of-each.js';

/** One thing to write for an interview that has reached a state. */
export interface Telling {
  /** As sync.intents has it. */
  action: string;
  kind: Result['kind'];
  state: ResultState;
  /** The field, or the stage. */
  target: string;
}

const states: readonly ResultState[] = ['invited', 'completed', 'expired'];

/** In the order in which they are written; what tells of it goes before the move. */
export function tellings({ move, field, visibility: _, ...notes }: SettingsOfEach['writeBack']): Telling[] {
  return states.flatMap((state): Telling[] => {
    const stage = move[state];
    return [
      ...toldBy(notes[state], state),
      ...(field === null ? [] : [{ action: `field ${state}`, kind: 'field', state, target: field } as const]),
      ...(stage === undefined
        ? []
        : [{ action: `move ${state}`, kind: 'move', state, target: stage } as const]),
    ];
  });
}

function toldBy(by: SettingsOfEach['writeBack'][ResultState], state: ResultState): Telling[] {
  if (by === 'none') return [];
  return [{ action: by === 'note' ? state : `${by} ${state}`, kind: by, state, target: '' }];
}

/** What Spark Hire says of the interview. */
export interface Facts {
  uuid: string;
  type: string | null;
  /** 0 to 5; 0 may mean that nobody rated it yet. */
  rating: number | null;
  completedAt: Date | null;
  /** Where it is watched: by everybody who has the address, or else by users of Spark Hire. */
  shareUrl: string | null;
  watchUrl: string | null;
  /** The deadline of a one-way interview, the start of a live one. */
  scheduledAt: Date | null;
}

/** A line of its own: what was written is found again by it. */
export function markerOf(uuid: string, action: string): string {
  return `[sparkhire-sync ${uuid} ${action}]`;
}

export function noteText(state: ResultState, facts: Facts): string {
  return [...sentences[state](facts), markerOf(facts.uuid, state)].join('\n');
}

const fieldBegins = 'Spark Hire: ';

/** One for each state, the same for everybody: people filter by them. */
export const tagText = (state: ResultState) => fieldBegins + state;

export const isOwnTag = (tag: string) => states.some((state) => tag === tagText(state));

/** Whether a field holds what was written here before. */
export const isFieldText = (text: string) => text.startsWith(fieldBegins);

/** One line: there is no marker, since people see it in lists. */
export function fieldText(state: ResultState, { type, rating, ...facts }: Facts): string {
  const { completedAt, scheduledAt } = facts;
  const link = facts.shareUrl ?? facts.watchUrl;
  const begins = type === 'live' ? 'begins' : 'to be completed by';
  const parts: Record<ResultState, Array<string | null>> = {
    invited: ['invited', scheduledAt === null ? null : `${begins} ${utc(scheduledAt)}`],
    completed: [
      completedAt === null ? 'completed' : `completed ${utc(completedAt)}`,
      rating === null || rating <= 0 ? null : `rated ${rating} of 5`,
      link,
    ],
    expired: ['expired'],
  };
  return fieldBegins + parts[state].filter((part) => part !== null).join(', ');
}

const sentences: Record<ResultState, (facts: Facts) => string[]> = {
  invited: ({ type, scheduledAt }) => [
    `Invited to a ${kindOf(type)} interview with Spark Hire.`,
    ...(scheduledAt === null
      ? []
      : [`${type === 'live' ? 'It begins' : 'To be completed by'} ${utc(scheduledAt)}.`]),
  ],
  completed: ({ type, completedAt, rating, shareUrl, watchUrl }) => [
    `Completed the ${kindOf(type)} interview with Spark Hire${completedAt === null ? '' : ` on ${utc(completedAt)}`}.`,
    rating === null || rating <= 0 ? 'Not rated yet.' : `Rating: ${rating} of 5.`,
    ...(shareUrl === null && watchUrl === null ? [] : [`Watch it: ${shareUrl ?? watchUrl}`]),
  ],
  expired: ({ type }) => [`The ${kindOf(type)} interview with Spark Hire expired before it was completed.`],
};

const kindOf = (type: string | null) => (type === 'live' ? 'live video' : 'video');

/** 2026-11-29 16:05 UTC */
const utc = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
