import { describe, expect, it } from 'vitest';
import { T0, callAt, fact, failure, inboundCall, legEnd, passDeadline, play, settle } from './build-facts.suite.ts';
import { decide } from './decide.ts';
import { EFFECTS, hangUpLeg } from './effects-table.ts';
import { CALL_EVENTS } from './effects.ts';
import { newCall } from './new-call.ts';

const OVER_TYPES = ['emit-event', 'release-runner', 'close-bridge', 'delete-room', 'free-slot'];

describe('an outbound call', () => {
  it('goes from the queue to a conversation and to its end', () => {
    const { call, decisions } = play(newCall({ id: 'c', direction: 'outbound', createdAt: T0 }), [
      fact('call-claimed', 10, {}),
      fact('runner-attached', 20, {}),
      fact('dial-started', 30, {}),
      fact('leg-ringing', 500, { sipCode: 180 }),
      fact('bridge-ready', 700, {}),
      fact('leg-answered', 3_000, {}),
      fact('caller-spoke', 5_000, { turn: 1 }),
      fact('agent-spoke', 7_000, { turn: 1 }),
      fact('leg-ended', 9_000, legEnd({ q850: 16 })),
    ]);
    expect(decisions.map((decision) => decision.transition?.to)).toEqual([
      undefined,
      undefined,
      'dialing',
      'ringing',
      undefined,
      'active',
      undefined,
      undefined,
      undefined,
    ]);
    expect(decisions[2]?.effects).toEqual([
      { type: 'emit-event', event: 'call.ringing' },
      { type: 'open-bridge' },
      { type: 'place-leg' },
    ]);
    expect(decisions[5]?.effects).toEqual([
      { type: 'emit-event', event: 'call.active' },
      { type: 'start-conversation' },
    ]);
    expect(decisions[8]?.effects).toEqual([]);
    expect(call).toMatchObject({ state: 'active', callerTurns: 1, deadlineKind: 'settle', deadlineAt: T0 + 9_300 });

    const last = passDeadline(call);
    expect(last.transition).toEqual({ from: 'active', to: 'ended' });
    expect(last.effects.map((effect) => effect.type)).toEqual(OVER_TYPES);
    expect(last.call).toMatchObject({ everActive: true, endedAt: T0 + 9_300 });
    expect(last.call.end).toMatchObject({
      reason: 'USER_HUNG_UP_IN_CALL',
      status: 'completed',
      endedBy: 'user',
      phase: 'active',
      q850: 16,
    });
  });

  it('is active when answered and bridged, whichever comes last', () => {
    const late = play(callAt('dialing'), [fact('leg-answered', 100, {}), fact('bridge-ready', 400, {})]).call;
    expect(late).toMatchObject({ state: 'active', activeAt: T0 + 400 });
    expect(callAt('active')).toMatchObject({ state: 'active', activeAt: T0 + 3_000 });
  });

  it('takes a ringing that is reported late at its own time', () => {
    const { call } = play(callAt('ringing'), [fact('leg-ringing', 600, { sipCode: 181, forwarded: true })]);
    const earlier = decide(call, { ...fact('leg-ringing', 450, { sipCode: 180 }), id: 'x' }, T0 + 700).call;
    expect(earlier).toMatchObject({ ringingAt: T0 + 450, forwarded: true });
    const busy = settle(play(earlier, [fact('leg-ended', 900, failure(480))]).call);
    expect(busy.end?.reason).toBe('VOICEMAIL_DETECTED_PRECONNECT');
  });

  it('waits again when its claim is released, and gives its runner back', () => {
    const released = play(callAt('claimed'), [fact('claim-released', 50, {})]).call;
    expect(released.claimedAt).toBeUndefined();
    expect(released.runnerAttachedAt).toBeUndefined();
    expect(released).toMatchObject({ agentWaitSince: T0 + 10, deadlineKind: 'agent_wait' });
    const again = play(released, [fact('call-claimed', 2_050, {})]).call;
    expect(again).toMatchObject({ claimedAt: T0 + 2_050, agentWaitSince: T0 + 10 });
    expect(decide(again, fact('call-claimed', 2_060, {}), T0 + 2_060).verdict).toBe('late');
    expect(decide(callAt('queued'), fact('claim-released', 5, {}), T0 + 5).verdict).toBe('late');
  });

  it('ends in the queue at once when it is hung up', () => {
    const { call, decisions } = play(callAt('queued'), [fact('hangup-requested', 50, {})]);
    expect(call).toMatchObject({
      state: 'canceled',
      hangupRequestedAt: T0 + 50,
      end: { reason: 'CANCELED_BEFORE_DIAL' },
    });
    expect(decisions[0]?.effects.map((effect) => effect.type)).toEqual(['emit-event', 'free-slot']);
    expect(decide(call, fact('call-claimed', 60, {}), T0 + 60)).toEqual({ verdict: 'late', call, effects: [] });
  });

  it('is neither claimed nor dialled while it ends', () => {
    const ending = play(callAt('queued'), [fact('agent-unavailable', 50, { detail: 'no runner' })]).call;
    for (const type of ['call-claimed', 'dial-started'] as const) {
      expect(decide(ending, fact(type, 60, {}), T0 + 60).verdict).toBe('late');
    }
    expect(settle(ending).end).toMatchObject({ reason: 'AGENT_NOT_AVAILABLE', phase: 'queue', detail: 'no runner' });
  });

  it('refuses what cannot happen, without changing anything', () => {
    const call = callAt('queued');
    expect(decide(call, fact('leg-answered', 5, {}), T0 + 5)).toEqual({ verdict: 'illegal', call, effects: [] });
  });
});

describe('ending a call ourselves', () => {
  it('cancels a ringing leg and waits for the confirmation, not longer than the limit', () => {
    const { call, decisions } = play(callAt('ringing'), [fact('hangup-requested', 800, {})]);
    expect(decisions[0]?.effects).toEqual([{ type: 'hang-up-leg', by: 'cancel' }]);
    expect(call).toMatchObject({ deadlineKind: 'settle', deadlineAt: T0 + 2_800 });

    const confirmed = play(call, [fact('leg-ended', 850, failure(487, { by: 'local', how: 'cancel' }))]).call;
    expect(confirmed).toMatchObject({ state: 'ringing', deadlineAt: T0 + 1_100, legUp: false });
    const done = passDeadline(confirmed);
    expect(done.call).toMatchObject({ state: 'canceled', end: { reason: 'CANCELED_WHILE_RINGING', sipCode: 487 } });
    expect(done.call.end?.evidence).toMatchObject([{ lost: 'consequence' }]);

    const unconfirmed = passDeadline(call);
    expect(unconfirmed.call.state).toBe('canceled');
    expect(unconfirmed.effects).toContainEqual({ type: 'hang-up-leg', by: 'cancel' });
  });

  it('closes at once when the confirmation comes after the settle window', () => {
    const { call } = play(callAt('active'), [
      fact('caller-spoke', 4_000, { turn: 1 }),
      fact('runner-ended', 5_000, { how: 'end_call', reason: 'completed' }),
      fact('leg-ended', 6_000, legEnd({ by: 'local' })),
    ]);
    expect(call).toMatchObject({ state: 'ended', endedAt: T0 + 6_000 });
    expect(call.end).toMatchObject({ reason: 'AGENT_ENDED_CALL', endedBy: 'agent', detail: 'completed' });
  });

  it('counts an answer that crosses our CANCEL, tells it, and hangs up again', () => {
    const { call, decisions } = play(callAt('ringing'), [
      fact('bridge-ready', 700, {}),
      fact('hangup-requested', 800, {}),
      fact('leg-answered', 900, {}),
      fact('leg-ended', 950, legEnd({ by: 'local' })),
    ]);
    expect(decisions[2]?.effects).toEqual([
      { type: 'emit-event', event: 'call.active' },
      { type: 'hang-up-leg', by: 'bye' },
    ]);
    expect(settle(call)).toMatchObject({ state: 'ended', end: { reason: 'OPERATOR_ENDED_CALL' } });
  });

  it('does not count an answer after the settle window or after we gave up ringing', () => {
    const tooLate = play(callAt('ringing'), [
      fact('bridge-ready', 700, {}),
      fact('hangup-requested', 800, {}),
      fact('leg-answered', 1_100, {}),
    ]).call;
    expect(settle(tooLate)).toMatchObject({ state: 'canceled', end: { reason: 'CANCELED_WHILE_RINGING' } });

    const given = passDeadline(play(callAt('ringing'), [fact('bridge-ready', 700, {})]).call).call;
    const crossed = play(given, [fact('leg-answered', 45_100, {})]).call;
    expect(settle(crossed)).toMatchObject({ state: 'not_connected', end: { reason: 'USER_DID_NOT_PICK_UP' } });
  });

  it('says nothing twice', () => {
    const { call } = play(callAt('active'), [fact('hangup-requested', 5_000, {})]);
    const twice = decide(call, fact('hangup-requested', 5_000, {}), T0 + 5_050);
    expect(twice).toEqual({ verdict: 'late', call, effects: [] });
    const other = decide(call, fact('worker-lost', 5_060, { service: 'media-bridge' }), T0 + 5_060);
    expect(other).toMatchObject({ verdict: 'applied', effects: [] });
  });
});

describe('the runner', () => {
  it('may come back after its connection broke', () => {
    const { call, decisions } = play(callAt('active', { silenceMs: null }), [
      fact('runner-detached', 5_000, { code: 1006, willReturn: true }),
    ]);
    expect(decisions[0]?.effects).toEqual([{ type: 'reassign-runner', willReturn: true }]);
    expect(call).toMatchObject({ deadlineKind: 'runner_return', deadlineAt: T0 + 15_000 });
    const back = play(call, [fact('runner-attached', 7_000, {})]).call;
    expect(back.deadlineKind).toBe('idle');
    const stale = decide(back, fact('deadline-passed', 15_000, { deadline: 'runner_return' }), T0 + 15_000);
    expect(stale.verdict).toBe('late');

    const ended = passDeadline(call);
    expect(ended.effects).toEqual([{ type: 'hang-up-leg', by: 'bye' }]);
    expect(settle(ended.call).end).toMatchObject({ reason: 'AGENT_CONNECTION_LOST', status: 'completed' });
  });

  it('is not reassigned for a break that is already healed, nor while the call ends', () => {
    const healed = play(callAt('active'), [fact('runner-attached', 7_000, {})]).call;
    const old = decide(healed, fact('runner-detached', 6_000, { code: 1006, willReturn: false }), T0 + 7_100);
    expect(old).toMatchObject({ verdict: 'applied', effects: [] });
    const ending = play(healed, [fact('hangup-requested', 7_200, {})]).call;
    const detached = decide(ending, fact('runner-detached', 7_250, { code: 1006, willReturn: false }), T0 + 7_250);
    expect(detached.effects).toEqual([]);
    expect(decide(healed, fact('runner-attached', 6_500, {}), T0 + 7_300).verdict).toBe('late');
  });
});

describe('an inbound call', () => {
  it('is answered once runner and bridge are ready', () => {
    const { call, decisions } = play(inboundCall(), [
      fact('runner-attached', 100, {}),
      fact('bridge-ready', 300, {}),
      fact('leg-answered', 350, {}),
    ]);
    expect(decisions.map((decision) => decision.effects)).toEqual([
      [],
      [{ type: 'answer-leg' }],
      [{ type: 'emit-event', event: 'call.active' }, { type: 'start-conversation' }],
    ]);
    expect(call.state).toBe('active');
  });

  it.each([
    [fact('hangup-requested', 100, {}), 603, 'CANCELED_WHILE_RINGING'],
    [fact('agent-unavailable', 100, { detail: 'nobody dialled in' }), 480, 'AGENT_NOT_AVAILABLE'],
    [fact('bridge-lost', 100, { detail: 'no room' }), 500, 'PLATFORM_ERROR'],
  ])('is refused with a fitting status', (cause, status, reason) => {
    const { call, decisions } = play(inboundCall(), [cause]);
    expect(decisions[0]?.effects).toEqual([{ type: 'hang-up-leg', by: 'refuse', status }]);
    const refused = fact('leg-ended', 150, failure(status, { by: 'local' }));
    expect(settle(play(call, [refused]).call).end).toMatchObject({ reason, sipCode: status });
  });

  it('keeps what it was refused for at the door', () => {
    const refusal = fact('inbound-refused', 5, { why: 'over_capacity', status: 503, detail: 'cap 10' });
    const call = settle(play(inboundCall(), [refusal]).call);
    expect(call).toMatchObject({
      state: 'not_connected',
      end: { reason: 'CONCURRENCY_LIMIT_REACHED', detail: 'cap 10' },
    });
  });
});

describe('the effects', () => {
  it('announce every event of a call once', () => {
    const announced = Object.values(EFFECTS.entering).flatMap((rules) =>
      rules.flatMap((rule) => ('event' in rule ? [rule.event] : [])),
    );
    expect([...new Set(announced)]).toEqual([...CALL_EVENTS]);
  });

  it('refuse an inbound call without a known cause as a failure of ours', () => {
    expect(hangUpLeg(inboundCall())).toEqual({ type: 'hang-up-leg', by: 'refuse', status: 500 });
  });
});
