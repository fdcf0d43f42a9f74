import { describe, expect, it } from 'vitest';
import { InviteGuard } from './admission.ts';
import { legEnd, q850Of } from './leg-end.ts';

const reason = (value: string): { name: string; value: string }[] => [{ name: 'Reason', value }];

describe('legEnd', () => {
  it('keeps the evidence and nothing else', () => {
    const headers = [
      ...reason('SIP;cause=480'),
      ...reason('Q.850;cause=19;text="no answer"'),
      { name: 'X-Twilio-Error', value: '32203' },
      { name: 'Warning', value: '399 host "why"' },
      { name: 'Retry-After', value: '30' },
      { name: 'Authorization', value: 'secret' },
    ];
    const end = legEnd({ by: 'remote', phase: 'setup', how: 'response', status: 480, reason: 'Gone' }, headers, true);
    expect(end).toEqual({
      by: 'remote',
      phase: 'setup',
      how: 'response',
      status: 480,
      reason: 'Gone',
      q850: 19,
      headers: {
        Reason: 'SIP;cause=480, Q.850;cause=19;text="no answer"',
        'X-Twilio-Error': '32203',
        Warning: '399 host "why"',
        'Retry-After': '30',
      },
      challenged: true,
      confirmed: true,
    });
  });

  it('has no status when none was on the wire', () => {
    const end = legEnd({ by: 'error', phase: 'setup', how: 'timeout' }, [], false);
    expect('status' in end || 'reason' in end || 'q850' in end).toBe(false);
  });

  it.each([
    ['Q.850;cause=16', 16],
    ['q.850 ; Cause=17', 17],
    ['SIP;cause=200;text="x", Q.850;cause=21', 21],
    ['Q.850;cause=999', undefined],
    ['Q.850;text="cause"', undefined],
    ['SIP;cause=600', undefined],
  ])('reads the Q.850 cause of %s', (value, cause) => expect(q850Of(reason(value))).toBe(cause));
});

describe('InviteGuard', () => {
  it('refills with time and forgets the oldest of very many sources', () => {
    const guard = new InviteGuard({ invitesPerSecond: 2, burst: 1 });
    expect([guard.judge('a', 0), guard.judge('a', 100), guard.judge('a', 700)]).toEqual(['admit', 'too_many', 'admit']);
    for (let i = 0; i < 10_001; i += 1) guard.judge(`s${i}`, 800);
    expect(guard.judge('a', 800)).toBe('admit');
  });

  it('checks addresses and blocks of both families', () => {
    const guard = new InviteGuard({ allow: ['10.0.0.0/8', '2001:db8::/32'] });
    expect(['10.1.2.3', '11.0.0.1', '2001:db8::1', '::1'].map((a) => guard.judge(a, 0))).toEqual([
      'admit',
      'not_allowed',
      'admit',
      'not_allowed',
    ]);
    expect(() => new InviteGuard({ allow: ['not an address'] })).toThrow();
  });
});
