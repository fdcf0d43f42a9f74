import { describe, expect, it } from 'vitest';
import { fact, failure, legEnd } from '../call-lifecycle/build-facts.suite.ts';
import { END_REASON_CATALOGUE } from './catalogue.ts';
import { ACTIVE, CLASSIFY_CASES, RINGING, leg, lost } from './classify-cases.suite.ts';
import { classify } from './classify.ts';
import { END_REASONS, type EndReason } from './end-reasons.ts';

const PRODUCED_ELSEWHERE: EndReason[] = [
  ...(['SIP_FAILED_WRONG_NUMBER', 'SIP_FAILED_NUMBER_BLOCKED', 'SIP_FAILED_AUTH'] as const),
  ...(['SIP_FAILED_RATE_LIMITED', 'SIP_FAILED_ROUTING', 'SIP_FAILED_UNSPECIFIED'] as const),
];

describe('classify', () => {
  it.each(CLASSIFY_CASES)('%s', (_name, call, cause, reason, endedBy, phase) => {
    const row = END_REASON_CATALOGUE[reason];
    const end = classify({ causes: [cause], call });
    expect(end).toMatchObject({ reason, endedBy, phase, fault: row.fault, cause, evidence: [] });
    expect(end.status).toBe(call.everActive ? 'completed' : 'failed');
    expect(end.unclassified).toBeUndefined();
  });

  it('can produce every reason but the one of a web call', () => {
    const produced = new Set([...CLASSIFY_CASES.map((row) => row[3]), ...PRODUCED_ELSEWHERE]);
    expect(END_REASONS.filter((reason) => !produced.has(reason))).toEqual(['WEB_USER_NOT_JOINED']);
  });

  it.each([
    ['an end of our own that nobody asked for', RINGING, leg(legEnd({ by: 'local', how: 'cancel' })), 'PLATFORM_ERROR'],
    ['a settle deadline as a cause', ACTIVE, fact('deadline-passed', 1, { deadline: 'settle' }), 'PLATFORM_ERROR'],
    ['a failed setup of an active call', ACTIVE, leg(failure(404)), 'PLATFORM_ERROR'],
    [
      'a passed queue age of an active call',
      ACTIVE,
      fact('deadline-passed', 1, { deadline: 'queue_age' }),
      'PLATFORM_ERROR',
    ],
    [
      'a longest duration of a call never active',
      RINGING,
      fact('deadline-passed', 1, { deadline: 'max_duration' }),
      'PLATFORM_ERROR',
    ],
    ['an unknown status', RINGING, leg(failure(499)), 'SIP_FAILED_UNSPECIFIED'],
  ] as const)('says loudly that it does not know: %s', (_name, call, cause, reason) => {
    expect(classify({ causes: [cause], call })).toMatchObject({ reason, unclassified: true });
  });

  it('keeps the raw codes, whoever won, and what was said', () => {
    const operator = fact('hangup-requested', 8_900, {});
    const confirmation = leg(failure(487, { by: 'local', how: 'cancel', reason: 'Request Terminated', q850: 31 }));
    const end = classify({ causes: [confirmation, operator, operator], call: RINGING });
    expect(end).toMatchObject({
      reason: 'CANCELED_WHILE_RINGING',
      sipCode: 487,
      sipReason: 'Request Terminated',
      q850: 31,
    });
    expect(end.evidence).toEqual([{ cause: confirmation, lost: 'consequence' }]);
    const raised = fact('runner-ended', 1, { how: 'error', reason: 'KeyError' });
    expect(classify({ causes: [raised], call: ACTIVE }).detail).toBe('KeyError');
    expect(classify({ causes: [fact('runner-lost', 1, lost)], call: ACTIVE }).detail).toBe('gone');
    expect('detail' in classify({ causes: [operator], call: ACTIVE })).toBe(false);
  });

  it('advises against a retry of a call that was lost in the middle', () => {
    const cause = fact('worker-lost', 1, { service: 'media-bridge' });
    expect(classify({ causes: [cause], call: ACTIVE }).retry).toBe('no');
    expect(classify({ causes: [cause], call: RINGING }).retry).toBe('soon');
  });

  it('takes its thresholds as an argument', () => {
    const thresholds = { settleMs: 300, confirmMs: 0, briefRingMinMs: 0, briefRingMaxMs: 0, declineRingMs: 0 };
    const call = { causes: [leg(failure(480), 600)], call: RINGING };
    const end = classify({
      ...call,
      thresholds: { ...thresholds, voicemailWindowMs: 0, runnerReturnMs: 0, connectMs: 0 },
    });
    expect(end.reason).toBe('USER_DID_NOT_PICK_UP');
  });
});
