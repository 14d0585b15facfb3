import { limit, SwitchTable, topic } from '../../emulation/readings.js';

const access = topic('access');
const transport = topic('transport');
const lists = topic('lists');
const objects = topic('objects');
const writing = topic('writing');
const webhooks = topic('webhooks');

/** What Workable's public documents leave open, or differ about. The first reading is the default. */
export const readings = {
  missingScope: access('What does a token get without the scope?', 'forbidden', 'unauthorized', 'empty'),

  rateHeaders: transport('Which headers tell of the limit?', 'all', 'none'),
  retryAfter: transport('Does a refusal for too many requests say Retry-After?', 'no', 'yes'),
  unknownFields: transport('Are there fields that the documents do not list?', 'none', 'extra'),

  pageCap: limit(lists('How many rows does one answer hold at most, whatever was asked?', null, 50, 2)),
  lagSeconds: limit(lists('How many seconds later does a list of what was updated show it?', null, 60)),
  nextHost: lists('Which host does the address of the next page name?', 'own', 'www'),
  nextFilters: lists('Does the address of the next page repeat the filters?', 'kept', 'dropped'),
  lastPage: lists('How does a list end?', 'no-paging', 'empty-paging', 'null-next'),

  relocated: objects(
    'What is shown of a candidate who was moved to another job, under the former id?',
    'nothing',
    'disqualified',
  ),
  jobDescription: objects('Which field of a job holds all of its text?', 'full_description', 'description'),
  jobRegion: objects('Where in a job by itself is the name of its region?', 'region', 'region_code'),
  applicantStage: objects('Does the first activity name the stage?', 'yes', 'no'),

  commentTouches: writing('Does a comment move updated_at of the candidate?', 'no', 'yes'),
  commentAnswer: writing('What does a new comment answer?', '200-id', '201-blank'),
  commentShown: writing('How is the text of a comment shown?', 'as-written', 'escaped'),
  memberRequired: writing('Must a write name its member?', 'yes', 'no'),

  subscriptionArgs: webhooks('Must a subscription name account, job and stage?', 'optional', 'required'),
  signatureKey: webhooks('With which key is a webhook signed?', 'token', 'secret'),
  signatureEncoding: webhooks('How is the signature written?', 'hex', 'base64'),
  webhookBody: webhooks('Where in the body is the candidate?', 'data', 'data.candidate'),
  deliveries: webhooks('Do deliveries come twice?', 'once', 'twice'),
} as const;

export const workableSwitchTable = new SwitchTable(readings);
/** The readings in force; mutable while the emulator runs. */
export type WorkableSwitches = typeof workableSwitchTable.defaults;
