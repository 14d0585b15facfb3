/**
 * Users: name and e-mail are written. The role can't be changed once the user was made. A user who was withdrawn or is
 * not active any more is left to a person, since it costs somebody their access; by policy the user is deleted, but
 * never the one whose key the account is worked with.
 */

import { addressForm } from '../../text/forms.js';
import { act, type Draft, holdBack, mergeField, raise, takeSide } from '../draft.js';
import { alike } from '../kin/kin.js';
import { waitsAsRefused } from '../refusals.js';
import type { Base, DesiredUser, Linked, ObservedUser, Pair } from '../types.js';
import { sameEmail, sameStatus, sameText, sameWords } from '../values/equality.js';
import type { Rules } from './rules.js';

export const users: Rules<DesiredUser, ObservedUser> = {
  identity: ({ email }) => ({ email: addressForm(email) }),
  meant: ({ email = null }) => ({ email: { ats: email, sparkhire: email } }),
  label: ({ email }) => email,
  labelOf: ({ email, name, uuid }) => email ?? name ?? uuid,
  firstContact: () => 'link',
  likeness: 'the same e-mail',

  candidates(values, context) {
    const theirs = alike<ObservedUser>(values, context);
    // Who is disabled has the address all the same: no other gets it.
    const active = theirs.filter((user) => user.active !== false);
    return active.length > 0 ? active : theirs;
  },

  adopting: ({ active }, observed, draft) => propose(draft, active, observed),

  beforeCreate(values, draft) {
    if (values.active === false) {
      draft.waits.push('the ATS says that this user is not active, so none is created');
    } else if ((values.role ?? values.roleOfNone) === null) {
      raise(draft, 'REQUIRED_FIELD_MISSING', 'role', 'Give the role: administrator or standard.');
    } else lacksAddress(draft, waitsAsRefused(draft.context));
  },

  content: ({ name, email, role, roleOfNone }) => ({ name, email, role: role ?? roleOfNone }),

  settled: ({ name, email, role, roleOfNone }, adopted): Base =>
    adopted === null
      ? {
          name: { ats: name, sparkhire: name },
          email: { ats: email, sparkhire: email },
          role: sent(role ?? roleOfNone),
        }
      : { role: sent(role) },

  fields: ({ name, email }, observed) => [
    { field: 'name', desired: name, observed: observed.name, same: sameWords },
    { field: 'email', desired: email, observed: observed.email, same: sameEmail },
  ],

  linked(values, { link, observed }, draft) {
    const { base, uuid } = link;
    if (base.active?.ats === false && values.active !== false)
      draft.settles.active = { ats: true, sparkhire: observed.active };
    for (const field of users.fields(values, observed, base)) mergeField(draft, base, uuid, field);
    if (draft.changes.some(({ field }) => field === 'email') && lacksAddress(draft, false))
      holdBack(draft, 'email');
    // Without a role it is the one the user was made with that counts.
    const role = values.role ?? base.role?.ats;
    if (typeof role === 'string') compareRole(role, { link, observed }, draft);
    if (draft.changes.length > 0) act(draft, 'update', uuid, users.labelOf(observed), null);
    propose(draft, values.active, observed);
  },

  withdrawn({ link, observed }, draft) {
    const { policies, context } = draft;
    if (policies.users.withdrawn === 'delete') {
      const hadEnded = link.base.active?.ats === false;
      // Deleted users may go on being listed as disabled. Remembered, so that one who is enabled again is not deleted.
      if (observed.active === false) {
        if (!hadEnded) draft.settles.active = { ats: false, sparkhire: false };
        return;
      }
      if (hadEnded) {
        draft.note =
          'Disabled when the ATS withdrew it, and enabled again in Spark Hire: that is left as it is.';
        return;
      }
      if (context.isKeyUser) {
        draft.note = "Withdrawn in the ATS, but it is the user of this account's API key: never deleted.";
        return;
      }
      const left = context.row?.wanted === true ? 'not active in the ATS' : 'withdrawn in the ATS';
      act(draft, 'delete', link.uuid, users.labelOf(observed), left);
      return;
    }
    draft.note =
      'Withdrawn in the ATS: remove or disable this user in Spark Hire if that is meant. It is only proposed.';
  },
};

/** Nothing but the answer to the creation shows a role: what was made otherwise then is kept in the base. */
function compareRole(
  wanted: string,
  { link: { base, uuid }, observed }: Linked<ObservedUser>,
  draft: Draft,
): void {
  const { ats: before, sparkhire: made } = base.role ?? sent(null);
  if (before === null || (sameStatus(observed.role, wanted) && (before !== wanted || made !== null))) {
    draft.settles.role = sent(wanted);
  } else if (made !== null && !sameStatus(made, wanted)) {
    const reason = `Spark Hire made this user with the role ${String(made)}, and the ATS wants ${wanted}. The API cannot change a role.`;
    const sides = { field: 'role', ats: wanted, sparkhire: made, base: null, policy: null };
    const settle = () => {
      draft.settles.role = sent(wanted);
    };
    takeSide(draft, { kind: 'field_diverged', uuid, ...sides, reason }, sameText, {
      ats: settle,
      sparkhire: settle,
    });
  } else if (made !== null) {
    draft.settles.role = sent(wanted);
  } else if (before !== wanted) {
    raise(
      draft,
      'IMMUTABLE_AFTER_SEND',
      'role',
      `The API cannot change a user's role: change it in Spark Hire by hand if need be, and set this back to ${String(before)}.`,
    );
  }
}

function sent(role: string | null): Pair {
  return { ats: role, sparkhire: null };
}

/** A row that does not say whether its user is active wants one who can act. */
function propose(draft: Draft, wanted: boolean | null, observed: ObservedUser): void {
  if (observed.active === false && wanted !== false) {
    const message =
      'Disabled in Spark Hire: enable the user there, or set active to false. Rows that name this user wait.';
    raise(draft, 'DECISION_NEEDED', 'active', message);
  } else if (observed.active === true && wanted === false) {
    draft.note =
      'Not active in the ATS: disable the user in Spark Hire if that is meant. It is only proposed.';
  }
}

/**
 * Spark Hire takes an address once nobody has it any more. Tells why it cannot be taken now.
 * @param waitsForSeat what was refused was not refused for its address
 * @returns whether it cannot
 */
function lacksAddress(draft: Draft, waitsForSeat: boolean): boolean {
  const holder = draft.context.addressHolder;
  if (holder === null || holder.freeInStep !== undefined) return false;
  const { atsId, plans, unlisted } = holder;
  // Whether the address is free Spark Hire tells at once, and the next sweep what became of the user.
  const { refused } = draft.context;
  const isNotRefused = refused === null || waitsForSeat;
  if (plans === 'withdrawn' && unlisted !== undefined && isNotRefused) return false;
  if (plans === 'gives_up') {
    draft.waits.push(
      `waits for row ${atsId}: its user has this e-mail address in Spark Hire until that row's change is done`,
    );
  } else if (plans === 'withdrawn') {
    draft.waits.push(
      `waits for this e-mail address: the user who has it in Spark Hire is that of row ${atsId}, which was withdrawn. If that is the same person, write the person under the key ${atsId} again; else change the address in Spark Hire, or remove that user there`,
    );
  } else if (plans === 'keeps') {
    const message = `The user of row ${atsId} has this e-mail address: withdraw one of the two rows, or give one another address.`;
    raise(draft, 'DUPLICATE', 'email', message);
  } else {
    const message = `This row and row ${atsId} swap their addresses, and Spark Hire takes an address only once nobody has it. Give one of the two a third address first, and its new one when that is done.`;
    raise(draft, 'DUPLICATE', 'email', message);
  }
  return true;
}
