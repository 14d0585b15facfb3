import type { Token } from '../credentials.js';
import type { GreenhouseSwitches } from '../switch-table.js';
import type { View } from '../world/world.js';

/** What rendering and seeing depend on besides the row. */
export interface Reading {
  readonly view: View;
  readonly switches: GreenhouseSwitches;
  readonly token: Token;
  /** Milliseconds since the epoch, as the emulator believes. */
  readonly now: number;
  /** By job: whether the token's user is on its hiring team, once it was asked. */
  readonly teams: Map<number, boolean>;
}
