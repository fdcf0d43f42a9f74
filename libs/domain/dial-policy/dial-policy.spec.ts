import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber } from './parse-number.ts';
import { CLAIM_RETRY_MS, planRetryOfClaim } from './plan-retry-of-claim.ts';

describe('parseNumber', () => {
  it.each([
    ['+14155550100', '+14155550100'],
    [' +1 (415) 555-0100 ', '+14155550100'],
    ['+49.30.901820', '+4930901820'],
    ['+1‑415‑555‑0100', '+14155550100'],
  ])('reads %s', (input, e164) => {
    expect(parseNumber(input)).toEqual({ ok: true, e164 });
  });

  it.each([
    ['', /is empty/],
    ['  ', /is empty/],
    ['+1415CALLME', /only digits/],
    ['sip:bob@example.org', /only digits/],
    ['0014155550100', /leading 00/],
    ['4155550100', /country code before/],
    ['+04155550100', /never begins with 0/],
    ['+12345', /7 to 15 digits/],
    ['+1234567890123456', /7 to 15 digits/],
  ])('says what to do about "%s"', (input, message) => {
    const parsed = parseNumber(input);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.message).toMatch(message);
  });

  it('gives E.164 or a sentence, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string(), (input) => {
        const parsed = parseNumber(input);
        expect(parsed.ok ? parsed.e164 : parsed.message).toMatch(parsed.ok ? /^\+[1-9]\d{6,14}$/ : /\.$/);
      }),
    );
  });
});

describe('planRetryOfClaim', () => {
  const waiting = { agentWaitSince: 1_000, agentWaitMs: 300_000 };

  it('tries again in two seconds', () => {
    expect(planRetryOfClaim({ ...waiting, now: 1_000 })).toEqual({ retry: true, runAt: 1_000 + CLAIM_RETRY_MS });
    expect(planRetryOfClaim({ ...waiting, now: 1_000, retryMs: 50 })).toEqual({ retry: true, runAt: 1_050 });
  });

  it('tries a last time at the end of the wait, then stops', () => {
    expect(planRetryOfClaim({ ...waiting, now: 300_500 })).toEqual({ retry: true, runAt: 301_000 });
    expect(planRetryOfClaim({ ...waiting, now: 301_000 })).toEqual({ retry: false });
  });
});
