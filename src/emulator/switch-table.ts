/** One thing the API document leaves open. The first alternative is the default. */
export interface Reading<A extends readonly unknown[] = readonly unknown[]> {
  readonly alternatives: A;
  readonly topic: 'transport' | 'lists' | 'objects' | 'permissions' | 'webhooks' | 'writing';
  readonly question: string;
}

function topic(name: Reading['topic']) {
  return <const A extends readonly unknown[]>(question: string, ...alternatives: A): Reading<A> => ({
    alternatives,
    topic: name,
    question,
  });
}

const transport = topic('transport');
const lists = topic('lists');
const objects = topic('objects');
const permissions = topic('permissions');
const webhooks = topic('webhooks');
const writing = topic('writing');

/** A switch that takes any positive number, or null for none; the listed ones are those worth testing. */
function limit(reading: Reading<readonly unknown[]>) {
  return reading as Reading<readonly (number | null)[]>;
}

export const readings = {
  rateHeaders: transport(
    'How does a 429 say how long to wait?',
    'try-again',
    'retry-after-seconds',
    'retry-after-date',
    'none',
  ),
  rateWindow: transport('Does the minute slide, or start anew at each full window?', 'sliding', 'fixed'),
  rateScope: transport('What is counted together?', 'company', 'key', 'address'),
  rateCountsRefused: transport('Does a request that got a 429 count too?', false, true),
  errorBody: transport('What is in the body of an error?', 'json', 'html', 'empty'),
  errorLang: transport('Is the promised `lang` there?', 'missing', 'present'),
  validationStatus: transport('Which status does invalid input get?', '400', '422'),
  conflictStatus: transport(
    'Which status does a change get that the state of the object forbids?',
    '400',
    '409',
    '403',
  ),
  gone: transport('Which status does a deleted object get?', '404', '410'),
  createdStatus: transport('Which 2xx do answers have?', 'documented', 'always-200'),
  emptyAnswer: transport('How does an answer without content look?', '204', '200-empty', '200-object'),
  contentType: transport(
    'Which content type do answers carry?',
    'application/json',
    'application/json; charset=utf-8',
    'text/html',
  ),
  bomOrWhitespace: transport('Does anything stand around the JSON?', 'none', 'bom', 'whitespace'),
  timestampFormat: transport(
    'Which form of RFC 3339 do timestamps have?',
    'offset',
    'z',
    'fractional',
    'local-offset',
  ),
  nullTimestamps: transport(
    'How does a timestamp look that is not there?',
    'null',
    'missing',
    'updated-null',
  ),
  unknownFields: transport(
    'Are there fields and values the document does not list?',
    'none',
    'fields',
    'fields-and-values',
  ),

  pageCap: limit(lists('How many rows does one answer hold at most?', null, 100, 50, 7)),
  defaultPageSize: limit(lists('How many rows come without a range?', null, 20)),
  shortPages: lists('Are there pages shorter than asked before the end?', 'never', 'random'),
  ties: lists('In which order do rows with equal sort keys come?', 'stable', 'shuffled'),
  nullOrder: lists('Where do rows without a sort key come, ascending?', 'first', 'last'),
  defaultOrder: lists(
    'In which order do rows come without orderby?',
    'created_asc',
    'created_desc',
    'updated_desc',
  ),
  endOfList: lists('What does a range past the end get?', 'empty', '400', '404', '416'),
  unknownQuery: lists('What does an unknown orderby or filter value get?', '400', 'ignored'),
  listDetailFields: lists('How do the fields look that only a single object carries?', 'missing', 'null'),
  listSetQuestions: lists(
    'How do the questions of a listed question set look?',
    'there',
    'missing',
    'null',
    'empty',
  ),

  planEnvelope: objects('Does GET /plan wrap the plan?', 'plan', 'bare'),
  planRenews: objects('What is the end of the billing period called?', 'renews_at', 'renews'),
  planFeatures: objects(
    'How does a plan name its features?',
    'map',
    'names',
    'list',
    'objects',
    'texts',
    'numbers',
  ),
  companyLogo: objects('What is the logo of a company called?', 'horizontal_logo', 'horizontal_log'),
  meCompany: objects('Does GET /me name the company?', 'object', 'null'),
  meType: objects('Which type of user does the key belong to?', 'company_user', 'job_seeker'),
  nullCompany: objects('Is the company nested in objects there?', 'object', 'null', 'missing'),
  userRole: objects('Where does the role of a user come back?', 'create-only', 'always'),
  deletedAuthor: objects('How does the deleted author of an object look?', 'object', 'null'),
  jobKey: objects('What is the job of an interview called?', 'job_post', 'job'),
  nestedJob: objects('How much of the job does an interview nest?', 'subset', 'full'),
  openInterview: objects(
    'How does the open interview of a job look that has none (or: always null)?',
    'object',
    'missing',
    'null',
  ),
  remoteLocation: objects('Which location does a remote job have?', 'null', 'address'),
  ratingFormat: objects(
    'How does a rating look, and one that was not given?',
    'zero-when-unrated',
    'null-when-unrated',
    'missing-when-unrated',
    'string',
    'string-or-null',
  ),
  takesFormat: objects(
    'How do the takes of an interview question look?',
    'object',
    'object-without-limit',
    'number',
  ),
  thinkTime: objects('How does think_time look?', 'string', 'number', 'missing'),
  shareLinkFormat: objects('How does share_link in an interview look?', 'object', 'string', 'null'),
  advancedInterviewIds: objects(
    'What is `uuid` in the interviews of an advanced link?',
    'own-id',
    'interview-id',
  ),
  canceledSpelling: objects('How is canceled spelled?', 'canceled', 'cancelled'),
  ratingTouches: objects('Does a rating change updated_at?', true, false),
  shareLinkTouches: objects('Does a share link change the updated_at of its interview?', true, false),
  expiryTouches: objects('Does expiring change updated_at?', true, false),
  jobEditTouches: objects('Does editing a job change the updated_at of its interviews?', false, true),
  questionSetsPath: objects('Where are question sets?', 'both', 'question_sets', 'interview_question_sets'),

  invisible: permissions('Which status does an object get that the key may not see?', '404', '403'),
  standardSeesUsers: permissions('Which users does a standard user see?', 'all', 'self'),
  ownKeyReadable: permissions('May a standard user read their own integration key?', false, true),
  deletedUser: permissions('What becomes of a deleted user?', '404', 'inactive', 'inactive-and-listed'),
  deletedJob: permissions('What becomes of a deleted job?', '404', 'inactive', 'inactive-and-listed'),
  interviewsOfDeletedJob: permissions('What becomes of the interviews of a deleted job?', 'kept', 'deleted'),

  webhookPayloadName: webhooks(
    'How does X-SparkHire-Payload spell a job (and the other types)?',
    'Job',
    'Job Post',
    'JobPost',
    'job',
    'job post',
    'job_post',
  ),
  webhookPayload: webhooks('How much of an object does a payload carry?', 'detail', 'list-item'),
  deletedPayload: webhooks('What does the payload of a deletion carry?', 'object', 'uuid-only'),
  ratingPayload: webhooks('What is a Rating?', 'rating', 'interview', 'flat', 'opaque'),
  webhookOrder: webhooks('In which order do deliveries come?', 'in-order', 'shuffled', 'newest-first'),
  webhookDuplicates: webhooks('Do deliveries come twice?', 'never', 'sometimes', 'always'),
  webhookRetries: webhooks('Is a failed delivery tried again?', 'none', 'twice'),
  disabledWebhook: webhooks('Is a disabled webhook still listed?', 'listed', 'unlisted'),
  replaySource: webhooks(
    'What does a replay send: the last event there was, or the last one sent to this webhook?',
    'any-event',
    'sent-only',
  ),
  replayPayload: webhooks('Does a replay send the object as it was, or as it is now?', 'as-sent', 'current'),
  replayWithoutEvent: webhooks('What does a replay answer when there is nothing to send?', '204', '404'),

  updateEcho: writing('Does the answer to a change show the new values?', 'new', 'old'),
  interviewPostShape: writing(
    'What does posting an array of candidates answer?',
    'array-for-array',
    'object-for-single-array',
    'object-always',
  ),
  slotError: writing('Which status does a job get that finds no free slot?', '402', '403', '400'),
  seatError: writing('What does a new user past the free seats get?', '402', '403', '400', 'charged'),
  jobPutLocality: writing('What does locality in a PUT of a job do?', 'ignored', '400', 'applied'),
  smsWithoutFeature: writing('What does a phone number get on a plan without SMS?', 'ignored', '400'),
  questionSetUpdate: writing('What becomes of the questions a PUT of a set leaves out?', 'removed', 'kept'),
  missingKey: writing(
    'What does a GET answer of a user who has no integration key?',
    '404',
    '204',
    'null',
    'empty-object',
    'key-null',
    'empty-array',
    '400',
    '405',
  ),
  existingKey: writing('What does making a second integration key for a user do?', 'refused', 'same', 'new'),
  keyUpdate: writing('Does a PUT of an integration key replace it?', 'rotates', 'keeps'),
} as const satisfies Record<string, Reading>;

export type ReadingTable = typeof readings;
