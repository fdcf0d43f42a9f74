import { describe, expect, it } from 'vitest';
import { dialAddress } from './dial-address.ts';

function address(
  uri: string,
  with_: { to?: string; from?: string; displayName?: string | null } = {},
  host = '127.0.0.1',
) {
  const trunk = { id: 'trk', kind: 'embedded', uri, credentials: undefined, providerTrunkId: undefined } as const;
  return dialAddress({ trunk, to: '+15550100001', from: '+15550109001', displayName: null, ...with_ }, host);
}

const invite = (...args: Parameters<typeof address>) => {
  const found = address(...args);
  if (!found.ok) throw new Error(found.message);
  return found.invite;
};

describe('dialAddress', () => {
  it('puts the number at the trunk and the caller id at ours', () => {
    expect(invite('sip:127.0.0.1:5070;transport=udp')).toEqual({
      target: 'sip:+15550100001@127.0.0.1:5070',
      from: '<sip:+15550109001@127.0.0.1>',
    });
  });

  it('keeps TCP, a missing port, and IPv6', () => {
    expect(invite('sip:carrier.example;transport=TCP').target).toBe('sip:+15550100001@carrier.example;transport=tcp');
    expect(invite('sip:[::1]:5070', {}, '::1')).toEqual({
      target: 'sip:+15550100001@[::1]:5070',
      from: '<sip:+15550109001@[::1]>',
    });
  });

  it('lets nothing of a number or a name break out of its place', () => {
    const found = invite('sip:h:1', { to: '1@evil;x>', displayName: 'A "b" \\ c\r\nX: y' });
    expect(found.target).toBe('sip:1%40evil%3Bx%3E@h:1');
    expect(found.from).toBe('"A b  cX: y" <sip:+15550109001@127.0.0.1>');
  });

  it.each(['carrier.example', 'tel:+1555', 'sip:', 'sip:h:1;transport=tls'])('refuses %s', (uri) => {
    expect(address(uri).ok).toBe(false);
  });
});
