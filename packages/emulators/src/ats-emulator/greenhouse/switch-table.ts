import { limit, SwitchTable, topic } from '../../emulation/readings.js';

const access = topic('access');
const transport = topic('transport');
const lists = topic('lists');
const objects = topic('objects');
const writing = topic('writing');
const webhooks = topic('webhooks');

/** What Greenhouse's public documents leave open, or differ about. The first reading is the default. */
export const readings = {
  tokenExpiry: access(
    'How does a token say when it ends?',
    'expires_at',
    'expires_in',
    'both',
    'expires_at-offset',
  ),
  tokenLives: access(
    'Does a new token end the former ones of the credential?',
    'one',
    'one-per-subject',
    'many',
  ),
  notSiteAdmin: access('What does a list answer to a user who is no site admin?', 'forbidden', 'empty'),
  missingScope: access('What does a credential get without the scope?', 'forbidden', 'empty'),

  rateHeaders: transport(
    'Which headers tell of the limit?',
    'all',
    'without-retry-after',
    'only-retry-after',
    'none',
  ),
  errorBody: transport('What is in the body of an error?', 'message', 'errors', 'html', 'empty'),
  unknownFields: transport('Are there fields that the documents do not list?', 'none', 'extra'),

  lagSeconds: limit(lists('How many seconds are answers behind?', null, 60, 300)),
  pageCap: limit(lists('How many rows does one answer hold at most, whatever was asked?', null, 100, 7)),
  cursorSeconds: limit(lists('After how many seconds is a cursor refused?', null, 60)),
  lastPage: lists('How does a list end?', 'no-link', 'empty-page'),
  unknownParameter: lists('What does a parameter get that the endpoint does not have?', '422', 'ignored'),
  twoDates: lists('May created_at and updated_at stand in one request?', 'yes', '422'),
  candidatesAnswer: lists(
    'How are candidates answered: rows, or at first (or always) an object with only a message?',
    'rows',
    'message-first',
    'message',
  ),

  stageId: objects(
    'What is stage_id of an application, and what does the filter stage_ids compare?',
    'entry',
    'job-stage',
  ),
  enteredAt: objects('Which entries lack entered_at?', 'none', 'past', 'all'),
  endedEntry: objects(
    'Does the entry stay current when the application is rejected or hired?',
    'stays-current',
    'exits',
  ),
  emptyValues: objects(
    'How do lists and custom fields look that hold nothing, where null is allowed?',
    'empty',
    'null',
  ),
  confidentialJobs: objects(
    'What of a confidential job is hidden from who is not on its hiring team?',
    'everything',
    'job-only',
    'nothing',
  ),
  privateCandidates: objects(
    'What of a private candidate is hidden from a credential that may not see them?',
    'everything',
    'person-only',
  ),
  transferHistory: objects('Are entries kept when an application goes to another job?', 'kept', 'dropped'),

  moveFrom: writing('What is from_stage_id of a move?', 'entry', 'job-stage', 'either'),
  noteAuthor: writing('Must a note name its author (user_id)?', 'required', 'optional'),
  noteTouches: writing('What does a note move on its application?', 'both', 'last_activity_at', 'nothing'),
  noteAnswer: writing(
    'How does the answer to a new note spell its visibility?',
    'as-read',
    'as-written',
    'id-only',
  ),
  createdStatus: writing('Which status does a new note get?', '201', '200'),
  patchAnswer: writing('What does a changed application answer?', 'object', 'empty'),
  customFieldsBody: writing('How are custom fields written?', 'list', 'map', 'either'),
  customFieldsPatch: writing(
    'What becomes of the custom fields that a change leaves out?',
    'kept',
    'cleared',
  ),

  webhookRoot: webhooks('Does a body name the organization?', 'with-organization', 'plain'),
  eventIdOfRetry: webhooks('Does a repeated delivery keep its Greenhouse-Event-ID?', 'same', 'new'),
  deliveries: webhooks('Do deliveries come twice?', 'once', 'twice'),
} as const;

export const greenhouseSwitchTable = new SwitchTable(readings);
/** The readings in force; mutable while the emulator runs. */
export type GreenhouseSwitches = typeof greenhouseSwitchTable.defaults;
