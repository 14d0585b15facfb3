import { limit, SwitchTable, topic } from '../../emulation/readings.js';

const access = topic('access');
const transport = topic('transport');
const lists = topic('lists');
const objects = topic('objects');
const writing = topic('writing');
const webhooks = topic('webhooks');

/** What Ashby's public documents leave open, or differ about. The first reading is the default. */
export const readings = {
  wrongKey: access('What does a wrong key get?', '403', '401'),
  missingPermission: access('What does a key get without the permission?', '403', '200'),

  errorShape: transport(
    'In which shape does an answer with success: false say why?',
    'errorInfo',
    'texts',
    'objects',
    'both',
  ),
  errorStatus: transport('Which status has a request that cannot be done?', '200', '4xx'),
  retryAfter: transport('Does a 429 say how long to wait?', 'yes', 'no'),
  unknownFields: transport('Are there fields that the documents do not list?', 'none', 'extra'),

  pageCap: limit(lists('How many rows does one answer hold at most, whatever was asked?', null, 2, 7)),
  lastPage: lists('How does a list end?', 'no-cursor', 'null-cursor', 'empty-page'),
  cursorSeconds: limit(lists('After how many seconds is a cursor refused?', null, 60)),
  tokenSeconds: limit(lists('After how many seconds is a sync token refused?', null, 60)),
  largestSync: limit(lists('How many pages may an incremental sync have before it is refused?', null, 1, 3)),
  tokenMarks: lists('Which moment does a sync token stand for?', 'first-page', 'last-page'),
  tokenReuse: lists('How often may a sync token be used?', 'any-time', 'once'),
  tokenWithCursor: lists('What becomes of a sync token that is sent with a cursor?', 'ignored', 'refused'),
  idleToken: lists('What does a sync without changes give as its new token?', 'new', 'same', 'none'),

  stageOfApplication: objects('What is shown of the current stage of an application?', 'whole', 'id-only'),
  openEntry: objects('How does an entry look that was not left?', 'absent', 'null'),
  archiving: objects('What does archiving an application do to its history?', 'enters-archived', 'nothing'),
  planSwitch: objects(
    'What becomes of the entries of an application when its job gets another interview plan?',
    'moved',
    'new-entry',
  ),
  anonymized: objects('How is a candidate called who was anonymized?', 'Anonymous', 'empty', 'initials'),
  anonymizedHistory: objects('What becomes of the history of who was anonymized?', 'kept', 'dropped'),
  jobLocation: objects('May a job be read together with its location?', 'expand', 'never'),

  noteContent: writing('How does a note read that was sent as plain text?', 'as-sent', 'html'),
  noteTouches: writing('What does a note change?', 'candidate', 'application', 'nothing'),
  moveToSame: writing(
    'What does a move get to the stage where the application stands?',
    'accepted',
    'refused',
  ),

  createPing: webhooks('Is a webhook pinged when it is made?', 'yes', 'no'),
  switchedOff: webhooks('When is a webhook switched off?', 'first-failure', 'never'),
  actionId: webhooks('Does a body have a webhookActionId?', 'no', 'yes'),
  deliveries: webhooks('Do deliveries come twice?', 'once', 'twice'),
} as const;

export const ashbySwitchTable = new SwitchTable(readings);
/** The readings in force; mutable while the emulator runs. */
export type AshbySwitches = typeof ashbySwitchTable.defaults;
