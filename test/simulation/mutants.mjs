/**
 * Deliberate faults, each a place in the code and what is put there instead. `scripts/mutants.mjs` plays the simulation
 * with one of them at a time: a fault that no seed finds is a hole in it.
 */

/** @type {readonly import('./mutants.d.mts').Mutant[]} */
export const mutants = [
  // reconcile
  {
    name: 'a row that goes on under another key ends its object',
    file: 'reconcile/kin/gone-over.ts',
    find: 'return !isOwn && isWaitedFor(context);',
    put: 'return !isOwn && !isWaitedFor(context);',
  },
  {
    name: 'an object deleted in Spark Hire is made again unasked',
    file: 'reconcile/decide.ts',
    find: 'const answer = given?.uuid === link.uuid ? given : undefined;',
    put: "const answer = given ?? ({ take: 'ats', id: '0' } as never); void link;",
  },
  {
    name: 'an unusable row ends its object',
    file: 'reconcile/decide.ts',
    find: 'if (row === null || !row.wanted || endsInactiveUser(context, policies)) {',
    put: 'if (row === null || !row.wanted || row.values === null || endsInactiveUser(context, policies)) {',
  },
  {
    name: 'an open intent stops nothing',
    file: 'reconcile/decide.ts',
    find: 'if (openIntent !== null) {',
    put: "if (openIntent !== null && openIntent.state === 'prepared') {",
  },
  {
    name: 'changes on both sides are no conflict',
    file: 'reconcile/values/fields.ts',
    find: "return atsChanged && policy === 'merge' ? 'conflict' : 'accept';",
    put: "return atsChanged && policy === 'merge' ? 'overwrite' : 'accept';",
  },
  {
    name: "a change in Spark Hire is put back as if it were the ATS's",
    file: 'reconcile/values/fields.ts',
    find: "if (!sparkhireChanged) return policy === 'sparkhire' ? 'accept' : 'write';",
    put: "if (!sparkhireChanged || !atsChanged) return policy === 'sparkhire' ? 'accept' : 'write';",
  },
  {
    name: 'values that differ at first contact are written',
    file: 'reconcile/values/fields.ts',
    find: "return { merge: 'conflict', ats: 'overwrite', sparkhire: 'accept' }[policy] as FieldKind;",
    put: "return { merge: 'write', ats: 'overwrite', sparkhire: 'accept' }[policy] as FieldKind;",
  },
  {
    name: 'an edit of the ATS is accepted as if it were made in Spark Hire',
    file: 'reconcile/values/fields.ts',
    find: 'const atsChanged = !same(desired, base.ats);',
    put: 'const atsChanged = observed === undefined && !same(desired, base.ats);',
  },
  {
    name: 'a decision counts whatever the values are by now',
    file: 'reconcile/answers.ts',
    find: 'same(answer.ats, ats) && same(answer.sparkhire, sparkhire),',
    put: "same(answer.ats, answer.ats) && (ats !== undefined || sparkhire !== undefined || same('', '')),",
  },
  {
    name: 'a decision for the ATS is not carried out',
    file: 'reconcile/draft.ts',
    find: 'side.ats("a person decided for the ATS\'s value");',
    put: 'side.sparkhire();',
  },
  {
    name: 'an open conflict is kept although its cause is gone',
    file: 'ledger/conflicts.ts',
    find: 'update sync.conflicts c\n     set resolved_at = now(), resolution',
    put: 'update sync.conflicts c\n     set policy = c.policy, resolution',
  },
  {
    name: 'a job is closed under pending interviews',
    file: 'reconcile/kinds/jobs.ts',
    find: 'if (draft.policies.jobs.closeUnderInterviews || draft.context.pendingInterviews === 0 || !closing(draft))',
    put: 'if (draft.context.pendingInterviews >= 0 || !closing(draft))',
  },
  {
    name: 'a job that has the same title is not seen at first contact',
    file: 'reconcile/kin/kin.ts',
    find: 'if (values.place === null) return false;',
    put: 'if (values.place !== null) return false;',
  },
  {
    name: 'an interview that somebody sent by hand is not adopted',
    file: 'reconcile/kin/kin.ts',
    find: 'values.type === type);',
    put: 'values.type !== type);',
  },
  {
    name: 'a row that has gone over to another job or user is renamed',
    file: 'reconcile/kin/kin.ts',
    find: 'if (values === null || object === undefined || object.deleted) return false;',
    put: "if (values === null || object?.resource !== 'interviews' || object.deleted) return false;",
  },
  {
    name: 'a key that is used again opens the old job again',
    file: 'reconcile/kin/gone-over.ts',
    find: 'isUsedAgain }) => isUsedAgain,',
    put: 'isUsedAgain, link }) => isUsedAgain && link === null,',
  },
  {
    name: 'a job that is edited and shifted is another one, renamed',
    file: 'reconcile/kin/kin.ts',
    find: '(jobGoneOver && mayBeThere(values, object))',
    put: '(jobGoneOver && !mayBeThere(values, object))',
  },
  {
    name: 'an interview that was canceled and is pending again is canceled again',
    file: 'reconcile/kinds/interviews.ts',
    find: "if (before === 'canceled' || (before === null && draft.context.row === null)) {",
    put: "if (before === 'canceled' && draft.context.row !== null && draft.context.atsId === '') {",
  },
  {
    name: 'a completed interview is canceled',
    file: 'interview-status.ts',
    find: 'isOneOf(endedStatuses, status)',
    put: 'isOneOf(endedStatuses.slice(1), status)',
  },
  {
    name: 'twins are both sent',
    file: 'reconcile/first-contact.ts',
    find: 'if (context.twin === null || isOver || (context.twinIsOver',
    put: 'if (context.twin === null || !isOver || (context.twinIsOver',
  },
  {
    name: 'the user of the key itself may be deleted',
    file: 'reconcile/kinds/users.ts',
    find: 'if (context.isKeyUser) {',
    put: "if (context.isKeyUser && context.atsId === '') {",
  },
  {
    name: 'whoever is disabled is deleted though it is only proposed',
    file: 'reconcile/kinds/users.ts',
    find: "if (policies.users.withdrawn === 'delete') {",
    put: 'if (policies.users.withdrawn !== undefined) {',
  },
  // apply
  {
    name: 'what is there already is not looked at when a write leaves',
    file: 'ledger/intents.ts',
    find: "intent.action === 'create' ? (notThereYet[intent.resource]",
    put: "intent.id === '' ? (notThereYet[intent.resource]",
  },
  {
    name: 'a row that was queued since is sent as it was',
    file: 'ledger/intents.ts',
    find: 'where (q.account, q.resource, q.ats_id) = (i.account, i.resource, i.ats_id))\n         and not exists',
    put: 'where (q.account, q.resource, q.ats_id) = (i.account, i.resource, i.ats_id) and false)\n         and not exists',
  },
  {
    name: 'what a dead process had sent was never sent',
    file: 'ledger/intents.ts',
    find: "doubtful as (\n       update sync.intents set state = 'unknown', updated_at",
    put: "doubtful as (\n       update sync.intents set state = 'rejected', updated_at",
  },
  {
    name: 'one look is enough to call a write absent',
    file: 'push/lost/settle.ts',
    find: 'const over = complete && waited && intent.looked + 1 >= looksNeeded;',
    put: 'const over = complete || waited || looksNeeded < 0;',
  },
  {
    name: 'a look counts with any key',
    file: 'push/lost/settle.ts',
    find: 'const complete = await sight.covers(intent, looked);',
    put: 'const complete = (await sight.covers(intent, looked)) || true;',
  },
  {
    name: 'what was found is not what was sent',
    file: 'push/lost/judge-looks.ts',
    find: "return { kind: 'found', uuid: mine[0]!.uuid };",
    put: "return over ? { kind: 'absent' } : { kind: 'wait' };",
  },
  {
    name: 'of several that fit the first one is taken',
    file: 'push/lost/judge-looks.ts',
    find: 'if (mine.length === 1 && (isShared',
    put: 'if (mine.length >= 1 && (isShared',
  },
  {
    name: 'an unclear failure is a refusal',
    file: 'push/send/sending.ts',
    find: "perhapsDone ||= event.method !== 'GET' && unclear.has(event.code ?? '');",
    put: "perhapsDone ||= event.method === '' && unclear.has(event.code ?? '');",
  },
  {
    name: 'what is confirmed settles nothing',
    file: 'ledger/links.ts',
    find: 'set base = l.base || s.settles',
    put: 'set base = s.settles || l.base',
  },
  {
    name: 'a state is not told anew',
    file: 'ledger/rows.ts',
    find: 'do update set state = excluded.state, hash = excluded.hash',
    put: "do update set state = case when d.state = 'synced' then d.state else excluded.state end, hash = excluded.hash",
  },
  // desired
  {
    name: 'what changed in Spark Hire queues nothing',
    file: 'desired/queue.ts',
    find: 'if (isNew) await enqueueChanges(tx, account, since, seq);',
    put: 'if (!isNew) await enqueueChanges(tx, account, since, seq);',
  },
  {
    name: 'former rows hand nothing over',
    file: 'desired/read/kin/kinship.ts',
    find: 'const likes = kinship.likes.get(atsId) ?? noLikes;',
    put: 'const likes = { ...(kinship.likes.get(atsId) ?? noLikes), formerRows: [] };',
  },
  {
    name: 'whom a row had invited does not count once it says otherwise',
    file: 'desired/read/kin/twins.ts',
    find: 'where (m.uuid is null or m.job_uuid = g.job_uuid or',
    put: "where (m.uuid is null or m.deleted_at is null and m.status in ('requested', 'accepted') and m.job_uuid = g.job_uuid or false and",
  },
  {
    name: 'a canceled row is wanted',
    file: 'desired/judge/judge.ts',
    find: "const wanted = desired !== 'canceled';",
    put: 'const wanted = true;',
  },
  {
    name: 'too many changes at once hold nothing',
    file: 'push/push.ts',
    find: 'if (held !== null && approve === undefined) {',
    put: 'if (session.place.moved && held !== null && approve === undefined) {',
  },
  {
    name: 'the administrator acts, whoever is named',
    file: 'push/send/execute.ts',
    find: "const acting = (await keys?.acting(context)) ?? { kind: 'administrator' };",
    put: "const acting = (await keys?.acting({ ...context, actor: null })) ?? { kind: 'administrator' };",
  },
  {
    name: 'an object is not looked at before it is changed',
    file: 'push/carry-out.ts',
    find: 'changesObject.has(action) && uuid !== null;',
    put: 'changesObject.has(action) && uuid === null;',
  },
  {
    name: 'what cannot be seen is edited all the same',
    file: 'push/carry-out.ts',
    find: "if (action.action === 'update') unseen = new NotThere(told.error);",
    put: "if (action.action === 'cancel') unseen = new NotThere(told.error);",
  },
  {
    name: 'what a lost answer made is mirrored only by sweeps',
    file: 'push/lost/looking.ts',
    find: 'const rows = uuids.flatMap((uuid) => found.get(uuid)?.row ?? []);',
    put: 'const rows = [] as Row<{ uuid: string }>[]; void uuids;',
  },
  {
    name: 'a link closes though it is wanted',
    file: 'reconcile/kinds/share-links.ts',
    find: "    if (draft.changes.length === 0) return;\n    const closes = values.status === 'inactive';",
    put: "    draft.changes.push({ field: 'status', from: null, to: 'inactive' });\n    const closes = true;",
  },
  // webhooks
  {
    name: 'an old payload is applied',
    file: 'webhooks/judge.ts',
    find: "if (at !== stored.at) return at > stored.at ? 'apply' : 'stale';",
    put: "if (at !== stored.at) return 'apply';",
  },
  {
    name: 'a payload of a deleted object brings it back',
    file: 'webhooks/judge.ts',
    find: "if (stored?.deleted) return 'read';",
    put: "if (stored?.deleted) return 'apply';",
  },
  {
    name: 'of several payloads the last one counts',
    file: 'webhooks/judge.ts',
    find: 'if (newest === null || one.at > newest.at) {',
    put: 'if (newest === null || one.at <= newest.at) {',
  },
  {
    name: 'a deletion that a webhook tells of is believed unseen',
    file: 'backfill/singles.ts',
    find: "if (error.code === 'FORBIDDEN') return { state: 'hidden', error };",
    put: "if (error.code === 'FORBIDDEN') return { state: 'gone', error };",
  },
  // paging and sweeps
  {
    name: 'pages are joined by their positions',
    file: 'sparkhire/paging/sweep.ts',
    find: 'return isProven(state, firstKey);',
    put: 'return isProven(state, firstKey) || state.next > 1;',
  },
  {
    name: 'a short page is the end',
    file: 'sparkhire/paging/sweep.ts',
    find: 'if (sameTail(seen.start, seen.rows, rows, state)) return finish({ ...state, stalled: 0 });',
    put: 'if (rows.length >= 0) return finish({ ...state, stalled: 0 });',
  },
  {
    name: 'whatever a sweep does not meet is gone',
    file: 'backfill/sweep/deletions.ts',
    find: "const isGone = (answer: Answer) => answer.state === 'gone';",
    put: "const isGone = (answer: Answer) => answer.state !== 'there';",
  },
];
