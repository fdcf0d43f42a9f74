import { describe, expect, it } from 'vitest';
import type { CauseType } from '../end-reason/cause.ts';
import { callAt, fact, inboundCall, legEnd, passDeadline, settle, type Point } from './build-facts.suite.ts';
import { CALL_TABLE, type CallRow } from './call-table.ts';
import { DEADLINES } from './deadlines.ts';
import { decide } from './decide.ts';
import { FACT_TYPES } from './facts.ts';
import { CALL_STATES, FINAL_STATES, isFinal, visibleStatus, type CallState } from './states.ts';

const CAUSES = {
  'leg-ended': 1,
  'hangup-requested': 1,
  'runner-ended': 1,
  'runner-lost': 1,
  'agent-unavailable': 1,
  'bridge-lost': 1,
  'deadline-passed': 1,
  'dial-failed': 1,
  'speech-failed': 1,
  'audio-missing': 1,
  'media-lost': 1,
  'worker-lost': 1,
  'voicemail-detected': 1,
  'inbound-refused': 1,
  'transfer-ended': 1,
} satisfies Record<CauseType, 1>;

const LIVING = CALL_STATES.filter((state) => !isFinal(state));
const POINTS: Point[] = ['queued', 'claimed', 'dialing', 'ringing', 'active'];

describe('the call table as a graph', () => {
  it('reaches every state', () => {
    const reached = new Set<CallState>(['queued']);
    for (const state of reached) {
      for (const cell of Object.values(CALL_TABLE[state] satisfies CallRow)) {
        if (cell === 'connect') reached.add('active');
        else if (cell === 'ending')
          (state === 'active' ? ['ended'] : ['not_connected', 'canceled']).forEach((s) => reached.add(s as CallState));
        else if (cell !== 'same' && cell !== 'late') reached.add(cell);
      }
    }
    expect([...reached].sort()).toEqual([...CALL_STATES].sort());
  });

  it.each(LIVING)('%s accepts a hang-up, a lost leg and its deadlines, and each can end it', (state) => {
    const row: CallRow = CALL_TABLE[state];
    expect(row['hangup-requested']).toBe('ending');
    expect(row['leg-ended']).toBe('ending');
    expect(row['deadline-passed']).toBe('ending');
    expect(DEADLINES[state].length).toBeGreaterThan(0);
  });

  it.each(FINAL_STATES)('%s moves nowhere', (state) => {
    for (const type of FACT_TYPES) expect(CALL_TABLE[state][type]).toBe('late');
    expect(DEADLINES[state]).toEqual([]);
  });

  it('lets only causes end a call, and every cause can', () => {
    const ending = new Set<string>();
    for (const state of LIVING) {
      for (const [type, cell] of Object.entries(CALL_TABLE[state])) if (cell === 'ending') ending.add(type);
    }
    expect([...ending].sort()).toEqual(Object.keys(CAUSES).sort());
  });

  it('never takes the visible status back', () => {
    const order = ['pending', 'ringing', 'active', 'completed'];
    for (const state of LIVING) {
      for (const cell of Object.values(CALL_TABLE[state])) {
        if (!(CALL_STATES as readonly string[]).includes(cell)) continue;
        const to = visibleStatus(cell as CallState);
        expect(order.indexOf(to)).toBeGreaterThanOrEqual(order.indexOf(visibleStatus(state)));
      }
    }
  });
});

describe('every living call', () => {
  it.each(POINTS)('%s: has a deadline, and letting deadlines pass ends it', (point) => {
    let call = callAt(point);
    for (let step = 0; step < 5 && !isFinal(call.state); step += 1) {
      expect(call.deadlineAt).toBeDefined();
      call = passDeadline(call).call;
    }
    expect(isFinal(call.state)).toBe(true);
    expect(call.deadlineAt).toBeUndefined();
  });

  it.each(POINTS)('%s: ends after a hang-up and after a lost leg', (point) => {
    for (const end of [
      fact('hangup-requested', 9_000, {}),
      fact('leg-ended', 9_000, legEnd({ by: 'error', how: 'transport' })),
    ]) {
      const call = decide(callAt(point), end, end.at).call;
      expect(isFinal(settle(call).state)).toBe(true);
    }
  });

  it('an inbound call that nobody takes ends too', () => {
    const call = settle(passDeadline(inboundCall()).call);
    expect(call.state).toBe('not_connected');
    expect(call.end?.reason).toBe('AGENT_NOT_AVAILABLE');
  });
});
