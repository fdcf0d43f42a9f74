import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failure } from '../call-lifecycle/build-facts.suite.ts';
import type { LegEnd } from './cause.ts';
import type { EndReason } from './end-reasons.ts';
import { PROVIDER_RULES, matchProviderRule } from './provider-rules.ts';
import { resolveResponse } from './resolve-response.ts';
import { DEFAULT_THRESHOLDS } from './thresholds.ts';

function resolve(status: number | undefined, end: Partial<LegEnd> = {}, ringingMs = 0, forwarded = false) {
  const { end: whole } = failure(status ?? 0, end);
  const { status: _status, ...bare } = whole;
  return resolveResponse(status === undefined ? bare : whole, { ringingMs, forwarded }, DEFAULT_THRESHOLDS);
}

describe('a final response to our INVITE', () => {
  it.each<[number, EndReason]>([
    [300, 'SIP_FAILED_ROUTING'],
    [301, 'SIP_FAILED_WRONG_NUMBER'],
    [302, 'VOICEMAIL_DETECTED_PRECONNECT'],
    [400, 'SIP_FAILED_UNSPECIFIED'],
    [401, 'SIP_FAILED_AUTH'],
    [404, 'SIP_FAILED_WRONG_NUMBER'],
    [407, 'SIP_FAILED_AUTH'],
    [408, 'USER_DID_NOT_PICK_UP'],
    [410, 'SIP_FAILED_WRONG_NUMBER'],
    [415, 'SIP_FAILED_MEDIA'],
    [416, 'SIP_FAILED_ROUTING'],
    [420, 'SIP_FAILED_ROUTING'],
    [421, 'SIP_FAILED_ROUTING'],
    [429, 'SIP_FAILED_RATE_LIMITED'],
    [482, 'SIP_FAILED_ROUTING'],
    [483, 'SIP_FAILED_ROUTING'],
    [484, 'SIP_FAILED_WRONG_NUMBER'],
    [485, 'SIP_FAILED_WRONG_NUMBER'],
    [487, 'USER_DID_NOT_PICK_UP'],
    [488, 'SIP_FAILED_MEDIA'],
    [500, 'SIP_FAILED_TRUNK_UNAVAILABLE'],
    [502, 'SIP_FAILED_TRUNK_UNAVAILABLE'],
    [503, 'SIP_FAILED_TRUNK_UNAVAILABLE'],
    [504, 'SIP_FAILED_TRUNK_UNAVAILABLE'],
    [599, 'SIP_FAILED_TRUNK_UNAVAILABLE'],
    [600, 'USER_BUSY'],
    [603, 'USER_HUNG_UP_RINGING'],
    [604, 'SIP_FAILED_WRONG_NUMBER'],
    [606, 'SIP_FAILED_MEDIA'],
    [607, 'SIP_FAILED_NUMBER_BLOCKED'],
    [608, 'SIP_FAILED_NUMBER_BLOCKED'],
    [699, 'USER_BUSY'],
    [700, 'SIP_FAILED_UNSPECIFIED'],
  ])('%i is %s', (status, reason) => {
    expect(resolve(status).reason).toBe(reason);
  });

  it('splits 403 by whether we were asked for credentials', () => {
    expect(resolve(403).reason).toBe('SIP_FAILED_NUMBER_BLOCKED');
    expect(resolve(403, { challenged: true }).reason).toBe('SIP_FAILED_AUTH');
  });

  it.each<[number, EndReason]>([
    [0, 'USER_UNREACHABLE'],
    [999, 'USER_UNREACHABLE'],
    [1_000, 'VOICEMAIL_DETECTED_PRECONNECT'],
    [19_999, 'VOICEMAIL_DETECTED_PRECONNECT'],
    [20_000, 'USER_DID_NOT_PICK_UP'],
  ])('splits 480 by the ringing: %i ms', (ringingMs, reason) => {
    expect(resolve(480, {}, ringingMs).reason).toBe(reason);
    for (const q850 of [18, 19, 20]) expect(resolve(480, { q850 }, ringingMs).reason).toBe(reason);
  });

  it('splits 486 by the ringing', () => {
    expect(resolve(486, {}, 999).reason).toBe('USER_BUSY');
    expect(resolve(486, {}, 1_000).reason).toBe('USER_HUNG_UP_RINGING');
  });

  it.each<[number | undefined, number, EndReason]>([
    [480, 17, 'USER_BUSY'],
    [480, 1, 'SIP_FAILED_WRONG_NUMBER'],
    [503, 34, 'SIP_FAILED_TRUNK_UNAVAILABLE'],
    [503, 28, 'SIP_FAILED_WRONG_NUMBER'],
    [500, 16, 'SIP_FAILED_TRUNK_UNAVAILABLE'],
    [499, 21, 'USER_HUNG_UP_RINGING'],
    [404, 17, 'SIP_FAILED_WRONG_NUMBER'],
    [undefined, 20, 'USER_UNREACHABLE'],
    [undefined, 16, 'SIP_FAILED_UNSPECIFIED'],
  ])('hears the Q.850 cause where the status is vague: %s with %i', (status, q850, reason) => {
    expect(resolve(status, { q850 }).reason).toBe(reason);
  });

  it('flags what it does not know', () => {
    expect(resolve(499)).toMatchObject({ unclassified: true, rule: 'sip-499-unknown' });
    expect(resolve(undefined)).toMatchObject({ unclassified: true, rule: 'no-status' });
    expect(resolve(486)).not.toHaveProperty('unclassified');
  });

  it('has an answer to every status and cause', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -1, max: 200 }), fc.nat(100_000), (status, q850, ringingMs) => {
        expect(resolve(status, { q850 }, ringingMs).reason).toMatch(/^[A-Z_]+$/);
      }),
    );
  });
});

describe('what providers add', () => {
  it.each<[string, number, Partial<LegEnd>, EndReason]>([
    ['twilio-blocked-number', 603, { headers: { 'X-Twilio-Error': '32203 Blocked' } }, 'SIP_FAILED_NUMBER_BLOCKED'],
    ['network-blocked-603-plus', 603, { reason: 'Network Blocked' }, 'SIP_FAILED_NUMBER_BLOCKED'],
    [
      'network-blocked-603-plus',
      603,
      { headers: { Reason: 'Q.850;cause=21;location=LN;text="v=analytics1;url=https://example.org"' } },
      'SIP_FAILED_NUMBER_BLOCKED',
    ],
    [
      'rejected-608-behind-603',
      603,
      { headers: { reason: 'SIP ;cause=608;text="Rejected"' } },
      'SIP_FAILED_NUMBER_BLOCKED',
    ],
    ['rate-limit-text', 503, { reason: 'CPS limit reached' }, 'SIP_FAILED_RATE_LIMITED'],
    [
      'rate-limit-text',
      500,
      { headers: { Warning: '399 sbc "Too many concurrent calls"' } },
      'SIP_FAILED_RATE_LIMITED',
    ],
    ['rate-limit-text', 403, { reason: 'User channel limit exceeded' }, 'SIP_FAILED_RATE_LIMITED'],
  ])('%s', (id, status, end, reason) => {
    expect(resolve(status, end)).toMatchObject({ rule: id, reason });
    expect(PROVIDER_RULES.find((rule) => rule.id === id)?.learnt).toMatch(/\.$/);
  });

  it.each<[number, Partial<LegEnd>]>([
    [603, { reason: 'Decline' }],
    [603, { headers: { 'X-Twilio-Error': '32011' } }],
    [503, { reason: 'Service Unavailable' }],
    [486, { reason: 'Busy Here' }],
    [404, { reason: 'CPS limit reached' }],
  ])('leaves %i alone where nothing is added', (status, end) => {
    expect(matchProviderRule(failure(status, end).end)).toBeUndefined();
  });
});
