import { expect, it } from 'vitest';
import { wholeAddress } from '../../src/forgotten/personal-data.js';

const finds = (text: string, address = 'ann@x.example') => new RegExp(wholeAddress(address)).test(text);

it('an address is found in a text as a whole, however the text goes on around it', () => {
  const row = JSON.stringify({ to: 'ann@x.example', text: 'Dear\nann@x.example' });
  for (const text of [
    'ann@x.example',
    'no e-mail to ann@x.example.',
    'r-1/ann@x.example',
    '<ann@x.example>, `ann@x.example`',
    "'ann@x.example'",
    '?email=ann@x.example&page=1',
    '„ann@x.example“',
    '{ann@x.example,joann@x.example}',
    'joann@x.example and ann@x.example',
    row,
    JSON.stringify('Dear\nann@x.example'),
    JSON.stringify('Dear\u0001ann@x.example'),
    JSON.stringify({ inner: JSON.stringify({ to: 'ann@x.example' }) }),
  ]) {
    expect(finds(text), text).toBe(true);
  }
});

it('an address is not found in that of somebody else, which contains it', () => {
  for (const text of [
    'joann@x.example',
    'mary.ann@x.example',
    'mary-ann@x.example',
    'mary_ann@x.example',
    'mary+ann@x.example',
    "o'ann@x.example",
    'éann@x.example',
    'ann@x.example.com',
    'ann@x.examples',
    'ann@x.example-bakery.com',
    'ann@xxexample',
    JSON.stringify('Dear\njoann@x.example'),
  ]) {
    expect(finds(text), text).toBe(false);
  }
  expect(finds('xaxb@x.example', 'a+b@x.example')).toBe(false);
  expect(finds('to a+b@x.example', 'a+b@x.example')).toBe(true);
});
