import type { Switches } from './switches.js';

/** The features of a plan in the shape of the reading in force. */
export function planFeatures(features: Record<string, boolean>, shape: Switches['planFeatures']): unknown {
  const entries = Object.entries(features);
  const each = (value: (has: boolean) => unknown) =>
    Object.fromEntries(entries.map(([name, has]) => [name, value(has)]));
  switch (shape) {
    case 'names':
      return entries.filter(([, has]) => has).map(([name]) => name);
    case 'list':
      return entries.map(([name, enabled]) => ({ name, enabled }));
    case 'objects':
      return each((enabled) => ({ enabled }));
    case 'texts':
      return each(String);
    case 'numbers':
      return each(Number);
    case 'map':
      return { ...features };
  }
}
