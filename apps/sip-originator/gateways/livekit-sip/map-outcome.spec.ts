import { describe, expect, it } from 'vitest';
import { endOfAttempt, endOfPresence, type Attempt } from './map-outcome.ts';

const soon: Attempt = { elapsedMs: 1000, ringTimeoutMs: 45_000, givenUp: undefined };
const late: Attempt = { ...soon, elapsedMs: 45_010 };
const sip = (status: number, reason = ''): Parameters<typeof endOfAttempt>[0] => ({
  outcome: 'sip',
  status,
  reason,
  metadata: { sip_status_code: String(status), error_details: 'protobuf' },
});

describe('endOfAttempt', () => {
  it.each([403, 404, 480, 486, 503, 603])('keeps the raw status %i', (status) => {
    expect(endOfAttempt(sip(status), soon)).toMatchObject({ by: 'remote', phase: 'setup', how: 'response', status });
  });

  it("reads the phrase out of LiveKit's constant and leaves a real one as it is", () => {
    expect(endOfAttempt(sip(486, 'SIP_STATUS_BUSY_HERE'), soon).reason).toBe('BUSY HERE');
    expect(endOfAttempt(sip(486, 'Busy at the moment'), soon).reason).toBe('Busy at the moment');
  });

  it('keeps the metadata as evidence, without the protobuf of it', () => {
    expect(endOfAttempt(sip(404), soon).headers).toEqual({ 'X-LiveKit-sip-status-code': '404' });
  });

  it("does not take LiveKit's own ring timer for an answer of the far end", () => {
    const end = endOfAttempt(sip(408, 'Request Timeout'), late);
    expect(end).toMatchObject({ by: 'local', how: 'timeout' });
    expect(end.status).toBeUndefined();
    expect(end.reason).toContain('408');
    expect(endOfAttempt(sip(486), late)).toMatchObject({ by: 'remote', status: 486 });
  });

  it('invents no status where there was none', () => {
    const refused = endOfAttempt({ outcome: 'refused', code: 'not_found', message: 'no such trunk' }, soon);
    const unknown = endOfAttempt({ outcome: 'unknown', message: 'socket hang up' }, soon);
    for (const end of [refused, unknown]) {
      expect(end).toMatchObject({ by: 'error', phase: 'setup', how: 'transport' });
      expect(end.status).toBeUndefined();
    }
    expect(refused.reason).toContain('no such trunk');
  });

  it('says that we gave up when we did, whatever LiveKit made of it', () => {
    expect(endOfAttempt(sip(487), { ...soon, givenUp: 'ordered' })).toMatchObject({ by: 'local', how: 'cancel' });
    expect(endOfAttempt(sip(487), { ...soon, givenUp: 'ring_timeout' })).toMatchObject({ by: 'local', how: 'timeout' });
  });
});

describe('endOfPresence', () => {
  it('tells who ended an answered leg, and that a far-end BYE is all that is known', () => {
    expect(endOfPresence(undefined)).toMatchObject({ by: 'remote', phase: 'talk', how: 'bye' });
    expect(Object.keys(endOfPresence(undefined).headers)).toEqual(['X-LiveKit-Evidence']);
    expect(endOfPresence('ordered')).toMatchObject({ by: 'local', how: 'bye' });
    expect(endOfPresence('max_duration')).toMatchObject({ by: 'local', how: 'timeout' });
  });
});
