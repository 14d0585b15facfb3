/** Who a request comes from, where proxies are in between. */
import { expect, it } from 'vitest';
import { isNetwork, senderOf } from '../../src/trusted-proxies.js';

const from = (trusted: string[], remoteAddress: string | undefined, forwarded?: string | string[]) =>
  senderOf(trusted)({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : ({ 'x-forwarded-for': forwarded } as Record<string, string>),
  });

it('a request comes from who is connected, whatever it says, unless that one is trusted', () => {
  expect(from([], '203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
  expect(from(['10.0.0.0/8'], '203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
  expect(from(['10.0.0.0/8'], '10.1.2.3', '198.51.100.1')).toBe('198.51.100.1');
  expect(from(['10.0.0.0/8'], '10.1.2.3')).toBe('10.1.2.3');
  expect(from(['10.0.0.0/8'], undefined, '198.51.100.1')).toBe('');
});

it('what a sender wrote before what the proxies added is not believed', () => {
  const trusted = ['10.0.0.0/8', '192.0.2.7'];
  expect(from(trusted, '10.1.2.3', '1.1.1.1, 198.51.100.1')).toBe('198.51.100.1');
  expect(from(trusted, '10.1.2.3', '1.1.1.1, 198.51.100.1, 192.0.2.7, 10.9.9.9')).toBe('198.51.100.1');
  expect(from(trusted, '10.1.2.3', '10.0.0.1, 10.0.0.2')).toBe('10.0.0.1');
  expect(from(trusted, '10.1.2.3', ['1.1.1.1', '198.51.100.1'])).toBe('198.51.100.1');
});

it('what is no address ends the way back', () => {
  for (const odd of ['', 'unknown', '1.2.3.4.5', 'a, b', ',,', '1.1.1.1,', '[::1', '999.1.1.1', '1.1.1.1:x'])
    expect([odd, from(['10.1.2.3'], '10.1.2.3', odd)]).toEqual([odd, '10.1.2.3']);
});

it('one address has one form: with a port, in brackets, as IPv6 has one of IPv4', () => {
  const trusted = ['127.0.0.1', '::1', 'fd00::/8'];
  expect(from(trusted, '::ffff:127.0.0.1', '198.51.100.1:4711')).toBe('198.51.100.1');
  expect(from(trusted, '::1', '[2001:DB8:0:0::1]:443')).toBe('2001:db8::1');
  expect(from(trusted, 'fd12::1', '::FFFF:198.51.100.1')).toBe('198.51.100.1');
  expect(from(trusted, 'fe80::1%eth0', '198.51.100.1')).toBe('fe80::1');
});

it('proxies are named by addresses and by ranges', () => {
  for (const right of ['10.0.0.5', '10.0.0.0/8', '::1', 'fd00::/8', '10.0.0.5/32'])
    expect([right, isNetwork(right)]).toEqual([right, true]);
  const wrong = [
    '',
    'proxy',
    '10.0.0',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fd00::/129',
    '::1%lo',
    '*',
  ];
  for (const one of wrong) expect([one, isNetwork(one)]).toEqual([one, false]);
});
