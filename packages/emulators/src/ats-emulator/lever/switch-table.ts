import { limit, SwitchTable, topic } from '../../emulation/readings.js';

const access = topic('access');
const transport = topic('transport');
const lists = topic('lists');
const objects = topic('objects');
const writing = topic('writing');
const webhooks = topic('webhooks');

/** What is not known of Lever for sure. The first reading is the default: what was recorded, where something was. */
export const readings = {
  missingRight: access(
    'What does a key get that lacks a right: a refusal, or empty lists and objects that are not there?',
    'forbidden',
    'empty',
  ),

  rateHeaders: transport('Which headers tell of the limit?', 'none', 'all', 'only-retry-after'),
  errorBody: transport('What is in the body of an error?', 'code-message', 'html', 'empty'),
  unknownFields: transport('Are there fields that nobody has written of?', 'none', 'extra'),

  pageCap: limit(lists('How many rows does one answer hold at most, whatever was asked?', null, 100, 7)),
  offsetMoved: lists(
    'What becomes of an offset once the row that it names has moved or is gone?',
    'goes-on',
    'refused',
  ),
  lastPage: lists('How does a list end?', 'has-next-false', 'next-null', 'no-has-next', 'empty-page'),
  updatedFilter: lists(
    'What does updated_at_start leave out: also rows without updatedAt, only older ones, or nothing?',
    'rows-without-too',
    'older-ones',
    'nothing',
  ),
  stageFilter: lists('What does stage_id do in a list of opportunities?', 'filters', 'ignored'),
  expand: lists('What does expand=applications do?', 'expands', 'ignored'),

  updatedAt: objects('Which opportunities have updatedAt?', 'changed-lately', 'all', 'none'),
  absentValues: objects('How does a value look that there is none of?', 'null', 'left-out'),
  stageChangeUser: objects('Do stage changes say who made them?', 'yes', 'no'),

  performAs: writing('Must a write say in whose name it is (perform_as)?', 'optional', 'required'),
  writeAnswer: writing(
    'Does the answer to a changed stage, tag or archive state show name and addresses?',
    'emptied',
    'in-full',
  ),
  touches: writing('Do notes, links and tags move updatedAt?', 'yes', 'no'),
  linksAreSet: writing('Is a link that is there already added once more?', 'no', 'yes'),

  deliveries: webhooks('Do deliveries come twice?', 'once', 'twice'),
  deliveryData: webhooks('How does a delivery name its opportunity?', 'opportunityId', 'candidateId', 'both'),
  deliveryId: webhooks('Does a delivery have an id?', 'no', 'yes'),
  tokenOfRetry: webhooks('Does a repeated delivery keep its token?', 'same', 'new'),
} as const;

export const leverSwitchTable = new SwitchTable(readings);
/** The readings in force; mutable while the emulator runs. */
export type LeverSwitches = typeof leverSwitchTable.defaults;
