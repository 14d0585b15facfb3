/** What is drawn before anything happens, as the settings and readings that it means. */
import { type Switches, type SwitchName, switchAlternatives, switchNames } from '#emulators/emulator/index';

/** Choices are counted through the alternatives that are there. */
export interface Setting {
  firstContact: 'ask' | 'link' | 'create';
  jobsWithdrawn: 'inactive' | 'delete';
  usersWithdrawn: 'propose' | 'delete';
  usersPaid: 'refuse' | 'allow';
  closeUnderInterviews: boolean;
  smallMassChange: boolean;
  keysMissing: 'hold' | 'administrator';
  keysAbsent: 'hold' | 'administrator';
  keysRefused: 'hold' | 'administrator';
  keysProvision: 'demand' | 'command';
  /** Whether users' keys can be stored. */
  keysStored: boolean;
  jobSlots: number;
  userSeats: number;
  /** How many rows are asked for at once; left out: as many as ever. */
  pageSize?: number;
  /** Readings of the API: which switch, and which of its alternatives. */
  readings: ReadonlyArray<readonly [number, number]>;
}

export const yamlOf = ({
  firstContact,
  jobsWithdrawn,
  usersWithdrawn,
  usersPaid,
  closeUnderInterviews,
  smallMassChange,
  keysMissing,
  keysAbsent,
  keysRefused,
  keysProvision,
}: Setting) => `
mirror: { massDisappearance: { share: 1, rows: 1000 } }
policies:
  jobs: { firstContact: ${firstContact}, withdrawn: ${jobsWithdrawn}, closeUnderInterviews: ${closeUnderInterviews} }
  users: { paid: ${usersPaid}, withdrawn: ${usersWithdrawn} }
  keys: { missing: ${keysMissing}, absent: ${keysAbsent}, refused: ${keysRefused}, provision: ${keysProvision} }
  massChange: { share: ${smallMassChange ? 0.3 : 1}, rows: ${smallMassChange ? 2 : 1000}, missingSeconds: 0 }
`;

/** A reading under which nothing goes on. */
const leftOut: ReadonlySet<string> = new Set(['meType']);

export const switchesToTurn: readonly SwitchName[] = switchNames.filter((name) => !leftOut.has(name));

export function switchesOf({ readings }: Setting): Partial<Switches> {
  const switches: Partial<Record<SwitchName, unknown>> = {};
  for (const [which, value] of readings) {
    const name = switchesToTurn[which % switchesToTurn.length]!;
    const alternatives = switchAlternatives[name];
    switches[name] = alternatives[value % alternatives.length];
  }
  return switches as Partial<Switches>;
}
