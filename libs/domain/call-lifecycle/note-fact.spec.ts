import { describe, expect, it } from 'vitest';
import { T0, callAt, fact, failure } from './build-facts.suite.ts';
import { noteFact } from './note-fact.ts';

describe('noteFact', () => {
  const call = noteFact(
    noteFact(callAt('active'), fact('caller-spoke', 5_000, { turn: 2 })),
    fact('agent-spoke', 6_000, { turn: 1 }),
  );

  it('counts turns by their number, so that a repeated or older one counts once', () => {
    expect(call).toMatchObject({
      callerTurns: 2,
      lastCallerTurnAt: T0 + 5_000,
      agentTurns: 1,
      lastAgentTurnAt: T0 + 6_000,
    });
    for (const again of [fact('caller-spoke', 5_500, { turn: 2 }), fact('caller-spoke', 4_000, { turn: 1 })]) {
      expect(noteFact(call, again)).toBe(call);
    }
    expect(noteFact(call, fact('agent-spoke', 6_500, { turn: 1 }))).toBe(call);
  });

  it('takes the leg down once', () => {
    const down = noteFact(call, fact('leg-ended', 7_000, failure(486)));
    expect(down.legUp).toBe(false);
    expect(noteFact(down, fact('leg-ended', 7_000, failure(486)))).toBe(down);
  });

  it('leaves a call alone of which it learns nothing', () => {
    expect(noteFact(call, fact('worker-lost', 7_000, { service: 'api' }))).toBe(call);
  });
});
