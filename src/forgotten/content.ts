/** Content of any shape (an object of Spark Hire, the payload of a webhook) without those who were erased. */
import { type Forgotten, type Identity, nameOf } from './hashes.js';

/** What may name a person: addresses, and uuids, which may be those of candidates and interviews; however deep it is nested. */
export function identitiesIn(content: unknown): Identity[] {
  const found: Identity[] = [];
  const left: unknown[] = [content];
  while (left.length > 0) {
    const part = left.pop();
    if (typeof part !== 'object' || part === null) continue;
    for (const [key, value] of Object.entries(part)) {
      if (typeof value !== 'string') left.push(value);
      else if (/email$/i.test(key)) found.push({ kind: 'email', value });
      else if (/uuid$/i.test(key)) found.push({ kind: 'candidate', value }, { kind: 'interview', value });
    }
  }
  return found;
}

/** Whether any of it names somebody who was erased. */
export async function namesForgotten(forgotten: Forgotten, content: unknown): Promise<boolean> {
  return (await forgotten.find(identitiesIn(content))).size > 0;
}

/** Each object in it that stands for somebody who was erased is reduced to its uuid. */
export function without(found: ReadonlySet<string>, content: unknown): unknown {
  if (Array.isArray(content)) return content.map((item) => without(found, item));
  if (typeof content !== 'object' || content === null) return content;
  const own = Object.entries(content).filter(([, value]) => typeof value === 'string');
  if (identitiesIn(Object.fromEntries(own)).some((identity) => found.has(nameOf(identity)))) {
    return Object.fromEntries(own.filter(([key]) => key === 'uuid'));
  }
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, without(found, value)]));
}
