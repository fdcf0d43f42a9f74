import { describe, expect, it } from 'vitest';
import { CallTimeline, CallView, hasEnded } from './follow-call.ts';

const look = (rest: object): CallView => CallView.parse({ call_id: 'cal_1', ...rest });

describe('CallTimeline', () => {
  it('tells each state, each utterance and each turn once', () => {
    const timeline = new CallTimeline();
    const agent = { role: 'assistant', content: 'Hello.' };
    const caller = { role: 'user', content: ' a table for two ' };
    expect(timeline.news(look({ status: 'ringing' }))).toEqual([{ who: 'call', text: 'ringing' }]);
    expect(timeline.news(look({ status: 'ringing', transcript: null }))).toEqual([]);
    expect(timeline.news(look({ status: 'active', transcript: [agent] }))).toEqual([
      { who: 'call', text: 'active' },
      { who: 'agent', text: '"Hello."' },
    ]);
    const turn = { turn_id: 1, ttfa_ms: 812.4, asr_ms: 200, tts_ttfb_ms: 90.6 };
    expect(timeline.news(look({ status: 'active', transcript: [agent, caller], latency_metrics: [turn] }))).toEqual([
      { who: 'caller', text: '"a table for two"' },
      { who: 'latency', text: 'turn 1: 812 ms to the first sound (hearing 200, voice 91)' },
    ]);
  });

  it('tells the last words before the end', () => {
    const timeline = new CallTimeline();
    const call = look({
      status: 'completed',
      end_reason: 'USER_HUNG_UP_IN_CALL',
      duration_s: 7.25,
      transcript: [{ role: 'user', content: 'bye' }],
    });
    expect(timeline.news(call)).toEqual([
      { who: 'caller', text: '"bye"' },
      { who: 'call', text: 'completed after 7.3 s: USER_HUNG_UP_IN_CALL' },
    ]);
    expect(hasEnded(call)).toBe(true);
    expect(hasEnded(look({ status: 'active' }))).toBe(false);
  });
});
