import { describe, expect, it } from 'vitest';
import { isSafeAddress, safeLookup } from './safe-address.ts';

describe('isSafeAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111'])('lets %s through', (address) => {
    expect(isSafeAddress(address, false)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '64:ff9b::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    'not an address',
    '',
  ])('refuses %s', (address) => {
    expect(isSafeAddress(address, false)).toBe(false);
  });

  it('opens loopback, and nothing else, with the development switch', () => {
    expect(isSafeAddress('127.0.0.1', true)).toBe(true);
    expect(isSafeAddress('::1', true)).toBe(true);
    expect(isSafeAddress('10.0.0.1', true)).toBe(false);
  });
});

describe('safeLookup', () => {
  const look = (name: string, loopbackAllowed: boolean): Promise<string> =>
    new Promise((resolve) => {
      safeLookup(loopbackAllowed)(name, { all: true }, (error, addresses) =>
        resolve(error?.message ?? addresses[0]?.address ?? ''),
      );
    });

  it('judges what the name resolves to', async () => {
    expect(await look('localhost', false)).toContain('may not reach');
    expect(await look('localhost', true)).toMatch(/^(127\.0\.0\.1|::1)$/);
  });

  it('passes a failed resolution on', async () => {
    expect(await look('nothing.invalid', false)).toContain('nothing.invalid');
  });
});
