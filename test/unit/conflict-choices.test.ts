import { describe, expect, it } from 'vitest';
import { explain } from '../../src/conflicts/choices.js';

const mass = (viewChanged: boolean) =>
  explain({ kind: 'mass_disappearance', resource: 'jobs', seen: { missing: 12, viewChanged } });

describe('a mass disappearance', () => {
  it('can be believed or waited for, and nothing else', () => {
    const { choices, waiting } = mass(false);
    expect(choices.map(({ take }) => take)).toEqual(['sparkhire']);
    expect(choices[0]!.does).toContain('The 12 rows');
    expect(waiting).toMatch(/closes by itself/);
  });

  it('says plainly what believing means with a key that sees less', () => {
    expect(mass(true).choices[0]!.does).toMatch(/every row it may not see, whether it was deleted or not/);
    expect(mass(false).choices[0]!.does).toMatch(/If the key was demoted, .*every row it may not see/);
    expect(mass(true).meaning.join(' ')).toMatch(/another one than before|lost the administrator right/);
  });

  it('copes with a row that tells nothing', () => {
    expect(explain({ kind: 'mass_disappearance', resource: 'jobs', seen: null }).choices).toHaveLength(1);
  });
});

it('a kind of a later version has no choices here', () => {
  const { choices, meaning } = explain({ kind: 'of_tomorrow', resource: 'jobs', seen: null });
  expect(choices).toEqual([]);
  expect(meaning.join()).toContain('of_tomorrow');
});
