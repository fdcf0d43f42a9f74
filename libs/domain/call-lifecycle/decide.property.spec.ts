import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEADLINE_KINDS,
  DIAL_FAILURES,
  INBOUND_REFUSALS,
  LEG_ENDERS,
  LEG_END_HOWS,
  TRANSFER_OUTCOMES,
  type LegEnd,
} from '../end-reason/cause.ts';
import { T0, callAt, fact, inboundCall, settle } from './build-facts.suite.ts';
import { decide } from './decide.ts';
import { FACT_TYPES, type Fact, type FactPayloads, type FactType } from './facts.ts';
import type { CallSnapshot } from './snapshot.ts';
import { isFinal, visibleStatus } from './states.ts';

const PROGRESS = { pending: 0, ringing: 1, active: 2, completed: 3, failed: 3 };

const legEnds: fc.Arbitrary<LegEnd> = fc
  .record({
    by: fc.constantFrom(...LEG_ENDERS),
    phase: fc.constantFrom('setup' as const, 'talk' as const),
    how: fc.constantFrom(...LEG_END_HOWS),
    status: fc.option(fc.integer({ min: 300, max: 699 }), { nil: undefined }),
    q850: fc.option(fc.integer({ min: 1, max: 127 }), { nil: undefined }),
    challenged: fc.boolean(),
  })
  .map(({ status, q850, ...end }) => ({
    ...end,
    headers: {},
    ...(status === undefined ? {} : { status }),
    ...(q850 === undefined ? {} : { q850 }),
  }));

const payloads: { [T in FactType]: fc.Arbitrary<FactPayloads[T]> } = {
  'call-claimed': fc.constant({}),
  'claim-released': fc.constant({}),
  'runner-attached': fc.constant({}),
  'dial-started': fc.constant({}),
  'dial-failed': fc.record({
    why: fc.constantFrom(...DIAL_FAILURES),
    detail: fc.constant('x'),
  }),
  'inbound-refused': fc.record({
    why: fc.constantFrom(...INBOUND_REFUSALS),
    status: fc.constant(503),
    detail: fc.constant('x'),
  }),
  'leg-ringing': fc.record({ sipCode: fc.constantFrom(180, 183), forwarded: fc.boolean() }),
  'bridge-ready': fc.constant({}),
  'leg-answered': fc.constant({}),
  'caller-spoke': fc.record({ turn: fc.integer({ min: 1, max: 3 }) }),
  'agent-spoke': fc.record({ turn: fc.integer({ min: 1, max: 3 }) }),
  'runner-detached': fc.record({ code: fc.constant(1006), willReturn: fc.boolean() }),
  'runner-ended': fc.record({ how: fc.constantFrom('end_call', 'closed', 'error') }),
  'runner-lost': fc.constant({ detail: 'x' }),
  'agent-unavailable': fc.constant({ detail: 'x' }),
  'bridge-lost': fc.constant({ detail: 'x' }),
  'speech-failed': fc.record({ which: fc.constantFrom('stt', 'tts'), detail: fc.constant('x') }),
  'audio-missing': fc.constant({}),
  'media-lost': fc.constant({ detail: 'x' }),
  'worker-lost': fc.constant({ service: 'x' }),
  'voicemail-detected': fc.record({
    detected: fc.constantFrom('voicemail', 'ivr', 'screening'),
    leftMessage: fc.boolean(),
    evidence: fc.constant({ score: 0.9 }),
  }),
  'transfer-ended': fc.record({
    outcome: fc.constantFrom(...TRANSFER_OUTCOMES),
    detail: fc.constant('x'),
  }),
  'hangup-requested': fc.constant({}),
  'deadline-passed': fc.record({
    deadline: fc.constantFrom(...DEADLINE_KINDS),
  }),
  'leg-ended': legEnds.map((end) => ({ end })),
};

function anyFact(types: readonly FactType[], after: fc.Arbitrary<number>): fc.Arbitrary<Fact> {
  return fc
    .tuple(fc.constantFrom(...types), after, fc.nat(1_000_000))
    .chain(([type, at, salt]) =>
      (payloads[type] as fc.Arbitrary<FactPayloads[FactType]>).map(
        (payload) => fact(type, at, payload, `${type}-${salt}`) as Fact,
      ),
    );
}

/** Which facts can meet within one settle window, by where the call stands, so that each is true in any order. */
const MEETINGS: Record<string, { call: () => CallSnapshot; types: readonly FactType[] }> = {
  queued: {
    call: () => callAt('claimed'),
    types: ['hangup-requested', 'runner-ended', 'runner-lost', 'agent-unavailable', 'worker-lost', 'dial-failed'],
  },
  ringing: {
    call: () => callAt('ringing'),
    types: [
      ...([
        'hangup-requested',
        'runner-ended',
        'runner-lost',
        'agent-unavailable',
        'worker-lost',
        'bridge-lost',
      ] as const),
      ...([
        'speech-failed',
        'media-lost',
        'voicemail-detected',
        'leg-ringing',
        'runner-attached',
        'caller-spoke',
      ] as const),
    ],
  },
  active: {
    call: () => callAt('active'),
    types: [
      ...(['hangup-requested', 'runner-ended', 'runner-lost', 'worker-lost', 'bridge-lost', 'speech-failed'] as const),
      ...([
        'audio-missing',
        'media-lost',
        'voicemail-detected',
        'transfer-ended',
        'caller-spoke',
        'agent-spoke',
      ] as const),
    ],
  },
  inbound: {
    call: () => inboundCall(),
    types: ['hangup-requested', 'runner-ended', 'agent-unavailable', 'worker-lost', 'bridge-lost', 'inbound-refused'],
  },
};

/** At most one leg end, after at most one answer: what one leg can do. */
const legStory = fc
  .record({ ringing: fc.boolean(), answered: fc.boolean(), bridge: fc.boolean(), ended: fc.boolean(), end: legEnds })
  .map((story): Fact[] => [
    ...(story.ringing ? [fact('leg-ringing', 9_050, { sipCode: 183 })] : []),
    ...(story.bridge ? [fact('bridge-ready', 9_060, {})] : []),
    ...(story.answered ? [fact('leg-answered', 9_100, {})] : []),
    ...(story.ended ? [fact('leg-ended', 9_150, { end: story.end })] : []),
  ]);

const deadlineDue: Record<string, Fact[]> = {
  ringing: [fact('deadline-passed', 9_120, { deadline: 'ring' })],
  active: [fact('deadline-passed', 9_120, { deadline: 'max_duration' })],
};

function arrive(start: CallSnapshot, facts: readonly Fact[]): CallSnapshot {
  let call = start;
  facts.forEach((next, index) => {
    const decision = decide(call, next, T0 + 9_300 + index);
    expect(decision.verdict).not.toBe('illegal');
    expect(PROGRESS[visibleStatus(decision.call.state)]).toBeGreaterThanOrEqual(PROGRESS[visibleStatus(call.state)]);
    call = decision.call;
  });
  return settle(call);
}

function summary({ state, end, everActive }: CallSnapshot) {
  return {
    state,
    everActive,
    reason: end?.reason,
    endedBy: end?.endedBy,
    phase: end?.phase,
    sipCode: end?.sipCode,
    unclassified: end?.unclassified,
    rule: end?.rule,
  };
}

describe('facts inside the settle window', () => {
  it.each(Object.keys(MEETINGS))('%s: any order and any duplication end in one state and one reason', (point) => {
    const { call, types } = MEETINGS[point]!;
    const settings = { ringTimeoutMs: 9_000, maxDurationMs: 6_000 };
    const start = (): CallSnapshot => ({ ...call(), settings: { ...call().settings, ...settings } });
    const others = fc.uniqueArray(anyFact(types, fc.integer({ min: 9_000, max: 9_290 })), {
      minLength: 1,
      maxLength: 5,
      selector: (one) => one.type,
    });
    const meeting = fc
      .tuple(
        others,
        point === 'queued' ? fc.constant([]) : legStory,
        fc.boolean(),
        anyFact(['worker-lost'], fc.constant(9_200)),
      )
      .map(([facts, story, due, cause]) => {
        const answered = story.some((next) => next.type === 'leg-answered');
        const refused = facts.some((next) => next.type === 'inbound-refused');
        if (refused) return [...facts, cause];
        const deadline = due && !(point === 'ringing' && answered) ? (deadlineDue[point] ?? []) : [];
        return [...facts, ...story, ...deadline, cause];
      });
    const shuffles = meeting.chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray(facts, { minLength: facts.length }),
        fc.shuffledSubarray(facts, { minLength: 0 }),
      ),
    );
    fc.assert(
      fc.property(shuffles, ([inOrder, shuffled, repeated]) => {
        const first = arrive(start(), inOrder);
        const second = arrive(start(), [...shuffled, ...repeated]);
        const third = arrive(start(), [...shuffled.flatMap((next) => [next, next])].reverse());
        expect(isFinal(first.state)).toBe(true);
        expect(summary(second)).toEqual(summary(first));
        expect(summary(third)).toEqual(summary(first));
      }),
      { numRuns: 400 },
    );
  });
});

describe('any facts at any time', () => {
  const histories = fc.array(
    fc.tuple(anyFact(FACT_TYPES, fc.integer({ min: 0, max: 60_000 })), fc.integer({ min: 0, max: 60_000 })),
    { maxLength: 25 },
  );
  const starts = fc.constantFrom('queued', 'dialing', 'ringing', 'active', 'inbound' as const);

  it('keep every promise of the lifecycle', () => {
    fc.assert(
      fc.property(starts, histories, (from, history) => {
        let call = from === 'inbound' ? inboundCall() : callAt(from);
        for (const [next, after] of history) {
          const before = call;
          const decision = decide(before, next, T0 + after);
          call = decision.call;
          if (decision.verdict !== 'applied') {
            expect(decision.call).toBe(before);
            expect(decision.effects).toEqual([]);
          }
          if (isFinal(before.state)) expect(decision.verdict).toBe('late');
          expect(PROGRESS[visibleStatus(call.state)]).toBeGreaterThanOrEqual(PROGRESS[visibleStatus(before.state)]);
          expect(call.deadlineAt === undefined).toBe(isFinal(call.state));
          expect(call.everActive).toBe(call.state === 'active' || call.state === 'ended');
          expect(call.end === undefined).toBe(!isFinal(call.state));
          expect(JSON.parse(JSON.stringify(call))).toEqual(call);
        }
        if (call.end !== undefined) expect(call.end.status).toBe(call.everActive ? 'completed' : 'failed');
      }),
      { numRuns: 600 },
    );
  });

  it('change nothing when they are told a second time', () => {
    fc.assert(
      fc.property(starts, anyFact(FACT_TYPES, fc.integer({ min: 0, max: 60_000 })), (from, next) => {
        const call = from === 'inbound' ? inboundCall() : callAt(from);
        const once = decide(call, next, next.at);
        const again = decide(once.call, next, next.at);
        expect(again.verdict).not.toBe('applied');
        expect(again.call).toBe(once.call);
      }),
      { numRuns: 600 },
    );
  });

  it('end a call exactly once', () => {
    fc.assert(
      fc.property(histories, (history) => {
        let call = callAt('active');
        let endings = 0;
        for (const [next, after] of history) {
          const decision = decide(call, next, T0 + after);
          endings += decision.effects.filter(
            (effect) => effect.type === 'emit-event' && effect.event === 'call.ended',
          ).length;
          call = decision.call;
        }
        expect(endings).toBe(isFinal(call.state) ? 1 : 0);
      }),
    );
  });
});
