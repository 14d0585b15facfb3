import { type ReadingsOf, SwitchTable } from '../emulation/readings.js';
import { type ReadingTable, readings } from './switch-table.js';

/**
 * The readings in force: one value for each thing the API document leaves open or contradicts itself about.
 * Mutable while the emulator runs; every answer looks at them afresh.
 */
export type Switches = ReadingsOf<ReadingTable>;
export type SwitchName = keyof Switches;

export const switchTable = new SwitchTable(readings);
export const switchNames: SwitchName[] = switchTable.names;

/** Every plausible reading of each switch, the default first. Tests run pairs of them against the client. */
export const switchAlternatives = switchTable.alternatives;

/** What each switch asks of the document. */
export const switchQuestions = switchTable.questions;
export const defaultSwitches = switchTable.defaults;
export const acceptsReading = switchTable.accepts.bind(switchTable);
export const parseReading = switchTable.parse.bind(switchTable);

/** The readings of a switch for a sentence: `a, b or c`. */
export const describeReadings = switchTable.describe.bind(switchTable);
