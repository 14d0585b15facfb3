/** Formats of single columns: e-mail, uuid, time zone, deadline. */
import { z } from 'zod';
import { emailProblem } from '../../text/email-address.js';
import { visible } from '../../text/invisible.js';
import { blankToNull } from '../ats-rows.js';
import { type Findings, shown } from './findings.js';
import { readTimezone } from './time-zones.js';

const uuidFormat = z.guid();

function given(giver: string | null): string {
  return giver === null ? '' : ` in ${giver}`;
}

/** Not trimmed: the address is also looked up in the database, where it is compared as it stands. */
export function judgeEmail(found: Findings, field: string, text: string | null, what: string): string | null {
  const email = found.required(field, text, what);
  const problem = email === null ? null : emailProblem(email);
  if (problem === null) return email;
  found.add(
    'INVALID_FORMAT',
    field,
    `Write ${field} as an address like ada@example.com: ${visible(email!)} is not a valid e-mail address, it ${problem}.`,
  );
  return null;
}

export function judgeUuid(
  found: Findings,
  field: string,
  text: string | null,
  giver: string | null,
): string | null {
  const uuid = blankToNull(text)?.trim() ?? null;
  if (uuid === null || uuidFormat.safeParse(uuid).success) return uuid?.toLowerCase() ?? null;
  found.add(
    'INVALID_FORMAT',
    field,
    `Write ${field}${given(giver)} as a uuid of Spark Hire, or leave it empty: ${shown(uuid)} is none.`,
  );
  return null;
}

export function judgeTimezone(found: Findings, text: string | null, giver: string | null): string | null {
  const zone = blankToNull(text)?.trim() ?? null;
  if (zone === null) return null;
  const { problem, name } = readTimezone(zone);
  if (problem === null) return name;
  found.add(
    'INVALID_FORMAT',
    'timezone',
    `Write timezone${given(giver)} as Area/Location, like Europe/Vienna, or as UTC, or leave it empty: ${problem}.`,
  );
  return null;
}

export interface DeadlineGiven {
  at: number | null;
  /** Of the package, where the row has none. */
  days: number | null;
  /** The package, for messages. */
  giver: string;
}

const mostDays = 365;
/** The moments a Date can hold. */
const mostMs = 8.64e15;

/** Spark Hire takes deadlines up to the same day of next year. Once the invitation is out, a deadline may pass: it is just not moved there. */
export function judgeDeadline(
  found: Findings,
  { at, days, giver }: DeadlineGiven,
  { linked, waiting, now }: { linked: boolean; waiting: boolean; now: number },
): { at: string } | { days: number } | null {
  if (at !== null) {
    if (!Number.isFinite(at) || Math.abs(at) > mostMs) {
      found.add('DEADLINE_OUT_OF_RANGE', 'deadline_at', 'Give a deadline_at within a year from now.');
      return null;
    }
    const latest = new Date(now);
    latest.setUTCFullYear(latest.getUTCFullYear() + 1);
    const field = 'deadline_at';
    const code = 'DEADLINE_OUT_OF_RANGE';
    if (at <= now) {
      const message = linked
        ? 'Give a deadline_at in the future: this one has passed, so the interview is not moved to it.'
        : 'Give a deadline_at in the future: it has passed before the invitation was sent.';
      found.unsendable.push({ code, field, message });
    } else if (at > latest.getTime()) {
      const message = 'Give a deadline_at within a year from now: Spark Hire takes no later one.';
      found.unsendable.push({ code, field, message });
    }
    return { at: new Date(at).toISOString() };
  }
  if (days !== null) {
    if (!(days > 0 && days <= mostDays)) {
      if (linked) return null;
      found.add(
        'DEADLINE_OUT_OF_RANGE',
        'deadline_at',
        `Give a deadline_at, or set deadline_days in ${giver} to more than 0 and at most ${mostDays}.`,
      );
      return null;
    }
    return { days };
  }
  if (!waiting && !linked) {
    found.add(
      'REQUIRED_FIELD_MISSING',
      'deadline_at',
      'Give deadline_at, or a package with deadline_days: until when, or at what time, is the interview to take place?',
    );
  }
  return null;
}
