import { Command } from 'commander';
import { chooseAccounts } from '../../config.js';
import { utc, wrapped } from '../../status/render/words.js';
import { type Explained, explain, type Story } from '../../story/story.js';
import type { StorySubject } from '../../story/subject.js';
import { visible } from '../../text/invisible.js';
import { withCommonFlags } from '../common-flags.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { widthOf } from '../report/terminal.js';
import { type CommonOptions, settingsFor, withDatabase } from '../runtime.js';

export function explainCommand(invocation: Invocation): Command {
  return withCommonFlags(new Command('explain'), 'only of this account (default: all)')
    .argument('<what>', 'key of a row (K1, or interviews:K1), uuid of Spark Hire, or e-mail address')
    .action(async (what: string, flags: CommonOptions) => {
      invocation.exitCode = await showStory(invocation, what, flags);
    });
}

async function showStory(invocation: Invocation, what: string, flags: CommonOptions): Promise<number> {
  const { account, json } = flags;
  // Looking needs the database only, no key.
  const settings = settingsFor(invocation, flags, false);
  const explained = await withDatabase(invocation, settings, ({ db }) =>
    explain(db, what, account === undefined ? undefined : [account]),
  );
  const isFound = explained.stories.length + explained.erased.length > 0;
  if (!isFound && account !== undefined && settings.accounts.length > 0) chooseAccounts(settings, account);
  const columns = widthOf(invocation.stdout) ?? Number.POSITIVE_INFINITY;
  invocation.stdout.write(json ? `${JSON.stringify(explained)}\n` : render(explained, columns));
  return isFound ? exitCodes.done : exitCodes.failed;
}

function render({ asked, stories, erased, accounts, searched, more }: Explained, columns: number): string {
  const ended = erased.map(({ account, at }) => {
    const where = accounts.length > 1 ? ` from account ${account}` : '';
    return `${visible(asked)} was erased${where} at ${utc(at)}: this person is not invited or stored again. If that is to end: sparkhire-sync forget EMAIL --lift`;
  });
  if (stories.length === 0 && ended.length > 0)
    return `${ended.flatMap((line) => wrapped(line, columns)).join('\n')}\n`;
  if (stories.length === 0) {
    const where =
      accounts.length === 0
        ? 'The database knows no account yet.'
        : `Searched in ${accounts.length === 1 ? 'account' : 'accounts'} ${accounts.join(', ')}: ${searched.join('; ')}.`;
    return `${[...wrapped(`Nothing is known of ${visible(asked)}: it was never here, or is gone.`, columns), ...wrapped(where, columns)].join('\n')}\n`;
  }
  const several = new Set(stories.flatMap(({ subjects }) => subjects.map(({ resource }) => resource)));
  const notes = [
    ...ended,
    ...(stories.length > 1 && several.size > 1 && !asked.includes('@')
      ? [`It is a key of several tables. One of them: sparkhire-sync explain ${[...several][0]}:${asked}`]
      : []),
    ...(more ? ['There is more than this: name an account with --account.'] : []),
  ];
  const blocks = stories.map((story) => lines(story, accounts.length > 1, columns).join('\n'));
  return `${[...blocks, ...notes.flatMap((note) => wrapped(note, columns))].join('\n\n')}\n`;
}

function lines({ account, subjects, events }: Story, withAccount: boolean, columns: number): string[] {
  const many = subjects.length > 1;
  const told = events.flatMap(({ at, text, resource, ats_id: atsId, uuid }) => {
    const whose = many ? `${nameOf({ resource, ats_id: atsId, uuid })}: ` : '';
    const [first, ...rest] = wrapped(`${whose}${text}`, Math.max(30, columns - 21));
    return [`${utc(at)}  ${first}`, ...rest.map((line) => `${' '.repeat(21)}${line}`)];
  });
  return [
    ...(withAccount ? [`Account ${account}`] : []),
    ...subjects.flatMap((subject) => wrapped(heading(subject), columns)),
    ...(told.length === 0 ? [] : ['', ...told]),
    '',
    ...subjects.flatMap((subject) => why(subject, many, columns)),
  ];
}

function nameOf({
  resource,
  ats_id: atsId,
  uuid,
}: Pick<StorySubject, 'resource' | 'ats_id' | 'uuid'>): string {
  return `${resource} ${atsId ?? uuid ?? ''}`.trim();
}

function heading(subject: StorySubject): string {
  const { ats_id: atsId, uuid, name, entry } = subject;
  if (entry !== undefined) {
    const { source, application_id: application, candidate_id: candidate } = entry;
    return [
      `entry ${atsId} of ${source}`,
      `application ${application}`,
      ...(candidate === null ? [] : [`candidate ${candidate}`]),
    ].join(' · ');
  }
  return [
    nameOf(subject),
    ...(name === null ? [] : [name]),
    ...(atsId !== null && uuid !== null ? [uuid] : []),
  ].join(' · ');
}

/** At the end, since that is what is read first. */
function why(subject: StorySubject, many: boolean, columns: number): string[] {
  const { summary, causes } = subject;
  const now =
    causes.length === 0
      ? summary
      : subject.entry === undefined
        ? `${summary} What keeps it:`
        : summary.replace(/\.$/, ':');
  return [
    ...wrapped(many ? `${nameOf(subject)}: ${now}` : now, columns),
    ...causes.flatMap(({ root, message, remedy }) => {
      const own = root.resource === subject.resource && root.ats_id === subject.ats_id;
      // Of a job or a user that is to be decided about, the message names it.
      const isNamed = own || root.ats_id === null || message.includes(` ${root.ats_id}`);
      const at = isNamed ? '' : `${root.resource} ${root.ats_id}: `;
      return [
        ...wrapped(`${at}${message}`, columns - 2).map((line) => `  ${line}`),
        ...wrapped(`→ ${remedy}`, columns - 2).map((line) => `  ${line}`),
      ];
    }),
  ];
}
