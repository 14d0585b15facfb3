/** The phone columns of an interview. */
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { type AtsInterview, blankToNull } from './ats-rows.js';
import { type Findings, shown } from './findings.js';

/**
 * The number as people write it and in E.164, both or none: Spark Hire takes them together only, and refuses them
 * without the candidate's consent to text messages. Consent is never assumed, and a number is never left out in silence.
 * @param linked whether the invitation was sent: a consent that is withdrawn then matters if it has to be sent again
 */
export function judgePhone(
  found: Findings,
  row: AtsInterview,
  linked: boolean,
): { phone: string | null; phoneE164: string | null } {
  const phone = blankToNull(row.candidate_phone);
  const e164 = blankToNull(row.candidate_phone_e164);
  if (e164 === null && phone === null) return { phone: null, phoneE164: null };
  if (e164 === null) {
    found.add(
      'REQUIRED_FIELD_MISSING',
      'candidate_phone_e164',
      'Give candidate_phone_e164 as well (the number as +, country code and digits), or leave candidate_phone empty.',
    );
  } else if (!isE164(e164)) {
    found.add(
      'INVALID_FORMAT',
      'candidate_phone_e164',
      `Write candidate_phone_e164 as +, country code and digits of a number that exists, like +436641234567: ${shown(e164)} is none.`,
    );
  }
  if (phone === null) {
    found.add(
      'REQUIRED_FIELD_MISSING',
      'candidate_phone',
      'Give candidate_phone as well (the number as people write it), or leave candidate_phone_e164 empty.',
    );
  }
  if (row.sms_consent !== true) {
    const message =
      'Set sms_consent to true if the candidate agreed to text messages, or leave both phone columns empty.';
    const [code, field] = ['SMS_CONSENT_MISSING', 'sms_consent'] as const;
    if (linked) found.unsendable.push({ code, field, message });
    else found.add(code, field, message);
  }
  return { phone, phoneE164: e164 };
}

function isE164(text: string): boolean {
  if (!/^\+[1-9]\d{1,14}$/.test(text)) return false;
  const number = parsePhoneNumberFromString(text);
  return number?.number === text && number.isValid();
}
