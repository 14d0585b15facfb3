import type { Clock } from '../clock.js';
import { ashbyFacade } from './ashby.js';
import type { Facade } from './facade.js';
import { greenhouseFacade } from './greenhouse.js';
import type { PartnerSettings } from './settings.js';
import { teamtailorFacade } from './teamtailor.js';

/** Those that the settings switch on. */
export function facadesOf({ greenhouse, teamtailor, ashby }: PartnerSettings, clock: Clock): Facade[] {
  return [
    ...(greenhouse === null ? [] : [greenhouseFacade(greenhouse)]),
    ...(teamtailor === null ? [] : [teamtailorFacade({ ...teamtailor, now: () => clock.now() })]),
    ...(ashby === null ? [] : [ashbyFacade(ashby)]),
  ];
}
