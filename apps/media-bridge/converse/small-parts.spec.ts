import type { FactEnvelope } from '@callplane/contracts';
import { describe, expect, it } from 'vitest';
import { systemClock, within } from './clock.ts';
import { FakeClock, settle } from './fake-ports.suite.ts';
import { TranscriptRecorder, type Segment } from './record-transcript.ts';
import { createFactReporter } from './report-facts.ts';
import { TurnStopwatch } from './turn-figures.ts';
import { CallerAudioWatch } from './watch-caller-audio.ts';

describe('CallerAudioWatch', () => {
  const open = (): { facts: string[]; watch: CallerAudioWatch } => {
    const facts: string[] = [];
    return { facts, watch: new CallerAudioWatch((type) => facts.push(type)) };
  };

  it('audio that never comes is missed once, 10 s after the start', () => {
    const { facts, watch } = open();
    watch.check(50_000);
    watch.start(1000);
    watch.check(10_900);
    expect(facts).toEqual([]);
    watch.check(11_000);
    watch.check(20_000);
    expect(facts).toEqual(['audio-missing']);
  });

  it('audio that stops for 15 s is lost; a pause is not', () => {
    const { facts, watch } = open();
    watch.start(0);
    watch.frame(100);
    watch.check(14_000);
    watch.frame(14_500);
    watch.check(29_000);
    expect(facts).toEqual([]);
    watch.check(29_500);
    watch.check(60_000);
    expect(facts).toEqual(['media-lost']);
  });
});

describe('TranscriptRecorder', () => {
  const segment: Segment = { n: 1, role: 'user', text: 'a', heard: null, t0Ms: 0, t1Ms: 1, at: new Date(0) };

  it('writes in order, and again until it is stored', async () => {
    const clock = new FakeClock();
    const stored: string[] = [];
    let failures = 2;
    const sink = {
      saveSegment: (_callId: string, { text }: Segment) => {
        if (failures-- > 0) return Promise.reject(new Error('away'));
        stored.push(text);
        return Promise.resolve();
      },
      saveTurnMetric: (_callId: string, turnId: number) => {
        stored.push(`turn ${turnId}`);
        return Promise.resolve();
      },
    };
    const errors: unknown[] = [];
    const recorder = new TranscriptRecorder('cal_1', sink, clock, (error) => errors.push(error));
    expect([recorder.nextNumber(), recorder.nextNumber()]).toEqual([1, 2]);
    recorder.save(segment);
    recorder.saveFigures(1, {});
    let flushed: boolean | undefined;
    void recorder.flush(2000).then((done) => (flushed = done));
    await clock.advance(400);
    expect(stored).toEqual([]);
    await clock.advance(200);
    expect(stored).toEqual(['a', 'turn 1']);
    expect(flushed).toBe(true);
    expect(errors).toHaveLength(2);
  });

  it('does not wait for ever, and gives up on what cannot be stored', async () => {
    const clock = new FakeClock();
    const sink = { saveSegment: () => Promise.reject(new Error('no')), saveTurnMetric: () => Promise.resolve() };
    const errors: unknown[] = [];
    const recorder = new TranscriptRecorder('cal_1', sink, clock, (error) => errors.push(error));
    recorder.save(segment);
    const flushing = recorder.flush(2000);
    await clock.advance(2000);
    expect(await flushing).toBe(false);
    await clock.advance(20_000);
    expect(errors).toHaveLength(40);
    const after = recorder.flush(10);
    await settle();
    expect(await after).toBe(true);
  });
});

describe('createFactReporter', () => {
  it('numbers the facts of a call', () => {
    const facts: FactEnvelope[] = [];
    const clock = new FakeClock();
    const report = createFactReporter((fact) => facts.push(fact), { callId: 'cal_1', node: 'n1' }, clock);
    report('audio-missing', {});
    report('caller-spoke', { turn: 1 });
    expect(facts.map(({ id, sequence, type, data }) => [id, sequence, type, data])).toEqual([
      ['cal_1:bridge:n1:1', 1, 'audio-missing', {}],
      ['cal_1:bridge:n1:2', 2, 'caller-spoke', { turn: 1 }],
    ]);
    expect(facts[0]!.at).toBe(clock.now());
  });
});

describe('TurnStopwatch', () => {
  it('leaves out what a turn has not got, and counts the first of each', () => {
    const watch = new TurnStopwatch();
    watch.mark('firstTextAt', 5);
    expect(watch.finish()).toBeUndefined();
    watch.begin(3, 1000, 1200.4);
    watch.mark('firstTextAt', 1250);
    watch.mark('firstTextAt', 1300);
    expect(watch.finish()).toEqual({ turnId: 3, figures: { asr_ms: 200, llm_ttft_ms: 50 } });
    expect(watch.finish()).toBeUndefined();
  });
});

describe('within', () => {
  it('says whether the work was in time, a failed one too', async () => {
    expect(await within(systemClock, 5, new Promise(() => undefined))).toBe(false);
    expect(await within(systemClock, 1000, Promise.resolve())).toBe(true);
    expect(await within(systemClock, 1000, Promise.reject(new Error('x')))).toBe(true);
  });
});
