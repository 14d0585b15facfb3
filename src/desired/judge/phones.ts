/** Telephone numbers of candidates, and whether a text message may go to them. */
import { type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { plainDigits } from '../../text/digits.js';
import { visible } from '../../text/invisible.js';
import { lineProblem } from '../../text/lines.js';
import { type AtsInterview, blankToNull } from '../ats-rows.js';
import type { Findings } from './findings.js';

interface Numbers {
  phone: string | null;
  phoneE164: string | null;
}

const none: Numbers = { phone: null, phoneE164: null };

/**
 * The number as people write it and in E.164, both or none: Spark Hire takes them together only, and refuses them
 * without the candidate's consent to text messages. Consent is never assumed, and a number is never left out in silence.
 * @param aside told besides: the text message is left out, and all else is sent
 * @param linked whether the invitation was sent: a consent that is withdrawn then matters if it has to be sent again
 */
export function judgePhone(found: Findings, aside: Findings, row: AtsInterview, linked: boolean): Numbers {
  const phone = blankToNull(row.candidate_phone);
  // Blanks between the digits are no other number, nor are the digits of another script.
  const given = blankToNull(row.candidate_phone_e164);
  const e164 = given === null ? null : plainText(given).replace(/\s/g, '');
  if (e164 === null && phone === null) return none;
  const number = e164 === null ? null : parsed(e164);
  if (e164 === null) {
    found.add(
      'REQUIRED_FIELD_MISSING',
      'candidate_phone_e164',
      'Give candidate_phone_e164 as well (the number as +, country code and digits), or leave candidate_phone empty.',
    );
  } else if (number === null) {
    found.add(
      'INVALID_FORMAT',
      'candidate_phone_e164',
      `Write candidate_phone_e164 as +, country code and digits of a number that may exist, like +436641234567: ${visible(e164)} is none.`,
    );
  }
  const problem = phone === null ? null : phoneProblem(phone, number);
  if (phone === null) {
    found.add(
      'REQUIRED_FIELD_MISSING',
      'candidate_phone',
      'Give candidate_phone as well (the number as people write it), or leave candidate_phone_e164 empty.',
    );
  } else if (problem !== null) {
    found.add('INVALID_FORMAT', 'candidate_phone', `Correct candidate_phone: it ${problem}.`);
  }
  if (row.sms_consent !== true) {
    const message =
      'Set sms_consent to true if the candidate agreed to text messages, or leave both phone columns empty.';
    const [code, field] = ['SMS_CONSENT_MISSING', 'sms_consent'] as const;
    if (linked) found.unsendable.push({ code, field, message });
    else found.add(code, field, message);
  }
  if (number === null || number.isValid()) return { phone, phoneE164: e164 };
  aside.add(
    'INVALID_FORMAT',
    'candidate_phone_e164',
    `Correct candidate_phone_e164, or leave both phone columns empty: no such number as ${visible(e164!)} is known to be in use, so the invitation goes without a text message.`,
  );
  return none;
}

const plainText = (text: string) => plainDigits(text.normalize('NFKC'));

/** A number in E.164 that the numbering plan of its country has room for; null for anything else. */
function parsed(e164: string): PhoneNumber | null {
  if (!/^\+[1-9]\d{1,14}$/.test(e164)) return null;
  const number = parsePhoneNumberFromString(e164);
  return number?.number === e164 && number.isPossible() ? number : null;
}

/** @returns what is wrong, to follow "it …"; null if nothing surely is */
function phoneProblem(phone: string, number: PhoneNumber | null): string | null {
  const problem = lineProblem(phone);
  if (problem !== null) return problem;
  const plain = plainText(phone);
  const digits = plain.replace(/\D/g, '');
  if (digits === '') return `has no digits: ${visible(phone)}`;
  if (number === null || isSame(plain, digits, number)) return null;
  return `is ${visible(phone)}, another number than candidate_phone_e164, ${visible(number.number)}`;
}

/** Fewer digits are no part of a number that tells anything. */
const leastDigits = 3;

/** Whether people may write the number so: read as one of its country, a part of it, or with the same last digits. */
function isSame(phone: string, digits: string, number: PhoneNumber): boolean {
  const read = parsePhoneNumberFromString(phone, { defaultCallingCode: number.countryCallingCode });
  if (read?.number === number.number) return true;
  const all = number.number.slice(1);
  if (digits.includes(number.nationalNumber)) return true;
  const bare = digits.replace(/^0+/, '');
  return bare.length >= leastDigits && (all.includes(bare) || all.endsWith(digits.slice(-7)));
}
