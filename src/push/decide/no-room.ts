/** What is told to those for whom the plan has no slot or seat, by why that is so. */
import { type NoRoom, planUnread } from '../../reconcile/plan/slots.js';

export const limited = ['users', 'jobs'] as const;
export type Limited = (typeof limited)[number];

export const full: Record<Limited, NoRoom> = {
  users: {
    message:
      'The plan has no free seat for this user, and another one may cost money, so nothing was sent. Free a seat, or extend the plan in Spark Hire.',
    asks: true,
  },
  jobs: {
    message:
      'The plan has no free job slot, so the job is not active: close another job, or extend the plan in Spark Hire.',
    asks: true,
  },
};
export const hidden: NoRoom = {
  message:
    'This key cannot read the plan, so another user may cost money, and nothing was sent. Let the key read it, or set policies.users.paid to allow.',
  asks: true,
};
export const untold: NoRoom = {
  message:
    'The plan does not say whether another user costs money, so nothing was sent. Look at the plan in Spark Hire. If it may cost money, set policies.users.paid to allow.',
  asks: true,
};
export const unread: NoRoom = {
  message: planUnread,
  asks: false,
};
