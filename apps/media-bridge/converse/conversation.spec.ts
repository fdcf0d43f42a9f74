import { describe, expect, it } from 'vitest';
import { delta, endCall, say, settle, Stage, textEnd } from './fake-ports.suite.ts';

describe('held speech', () => {
  it('is kept until the conversation starts, then said in order', async () => {
    const stage = new Stage('the greeting of the pipe');
    await stage.verbs(say('Hello, this is Anna.'), delta('How can I '), delta('help you?'), textEnd);
    await stage.clock.advance(5000);
    expect(stage.spoken).toEqual([]);
    expect(stage.room.frames).toEqual([]);
    await stage.start();
    await stage.clock.advance(5000);
    expect(stage.spoken.map((part) => part.text)).toEqual(['Hello, this is Anna.', 'How can I help you?']);
    expect(stage.transcript).toEqual(['assistant: Hello, this is Anna.', 'assistant: How can I help you?']);
    expect(stage.states).toEqual(['listening', 'speaking', 'idle']);
    expect(stage.facts).toEqual(['agent-spoke {"turn":1}', 'agent-spoke {"turn":2}']);
  });

  it('never started: nothing is said and nothing is stored', async () => {
    const stage = new Stage('greeting');
    await stage.verbs(say('Hello.'));
    await stage.conversation.finish({ finalMs: 500, textEndMs: 1000, runnerAttached: true });
    stage.conversation.start();
    await stage.clock.advance(5000);
    expect(stage.spoken).toEqual([]);
    expect(stage.transcript).toEqual([]);
  });

  it('the greeting is said when the runner has said nothing, sentinels apart', async () => {
    const stage = new Stage('Welcome to Acme.');
    await stage.verbs(say('__filler:one moment'));
    await stage.start();
    await stage.start();
    await stage.clock.advance(3000);
    expect(stage.transcript).toEqual(['assistant: Welcome to Acme.']);
    expect(stage.logs).toContain('agent.control');
  });
});

describe('a turn', () => {
  it('goes from the final to user.text, clause by clause to the voice, and back to idle with its figures', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('what time is it');
    expect(stage.events('user.text')).toEqual([
      { event: 'user.text', text: 'what time is it', is_final: true, extra: { language: 'en' } },
    ]);
    expect(stage.facts).toEqual(['caller-spoke {"turn":1}']);
    await stage.clock.advance(40);
    await stage.verbs(delta('It is now, '), delta('as far as I '));
    expect(stage.spoken).toEqual([]);
    await stage.verbs(delta('know, exactly '));
    expect(stage.spoken.map((part) => part.text)).toEqual(['It is now, as far as I know,']);
    await stage.verbs(delta('four. Anything '));
    await stage.verbs(delta('else?'), textEnd);
    await stage.clock.advance(5000);
    expect(stage.spoken.map((part) => part.text)).toHaveLength(3);
    expect(stage.transcript).toEqual([
      'user: what time is it',
      'assistant: It is now, as far as I know, exactly four. Anything else?',
    ]);
    expect(stage.states).toEqual(['listening', 'thinking', 'speaking', 'idle']);
    const figures = { ttfa_ms: 350, asr_ms: 300, llm_ttft_ms: 40, tts_ttfb_ms: 10 };
    expect(stage.events('turn.metrics')).toEqual([{ event: 'turn.metrics', call_id: 'cal_1', turn_id: 1, ...figures }]);
    expect(stage.figures).toEqual([{ turnId: 1, figures }]);
    expect(stage.live.map((turn) => turn.t)).toEqual(['words', 'words', 'metrics']);
    const [user, assistant] = [...stage.segments.values()];
    expect([user!.t0Ms, user!.t1Ms]).toEqual([0, 500]);
    expect(assistant!.t0Ms).toBe(850);
    expect(assistant!.t1Ms - assistant!.t0Ms).toBe(12 * Stage.MS_PER_WORD);
  });

  it('reports partials and what was spoken as extension events', async () => {
    const stage = new Stage();
    await stage.start();
    stage.hear({ t: 'partial', text: 'what', atMs: 1 });
    stage.hear({ t: 'warning', code: 'slow', message: 'slow' });
    stage.hear({ t: 'usage', audioMs: 1 });
    await stage.verbs(say('Hello.'));
    await stage.clock.advance(1000);
    expect(stage.events('user.partial')).toEqual([{ event: 'user.partial', text: 'what' }]);
    expect(stage.events('agent.spoken')).toEqual([{ event: 'agent.spoken', turn_id: 0, text: 'Hello.' }]);
    expect(stage.logs).toContain('speech.warning');
  });

  it('without a reply ends when the caller speaks again', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('hello');
    await stage.caller('anyone there');
    expect(stage.events('turn.metrics').map((m) => [m.turn_id, m.asr_ms, m.ttfa_ms])).toEqual([[1, 300, undefined]]);
    expect(stage.facts).toEqual(['caller-spoke {"turn":1}', 'caller-spoke {"turn":2}']);
  });

  it('a sound without words changes nothing', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('');
    expect(stage.events('user.text')).toEqual([]);
    expect(stage.facts).toEqual([]);
    expect(stage.transcript).toEqual([]);
  });

  it('a clause the voice cannot say is left out, and the rest goes on', async () => {
    const stage = new Stage();
    stage.voiceAnswers = false;
    await stage.start();
    await stage.verbs(say('First clause here. Second.'));
    const failed = { sequence: 0, sampleRate: 8000, segment: 1, last: true, failed: true, alive: false, offsetMs: 0 };
    stage.conversation.takeVoice({ ...failed, pcm: new Int16Array(0), error: { code: 'internal', message: 'no' } });
    stage.voice(2, 'Second.');
    await stage.clock.advance(1000);
    expect(stage.logs).toContain('speech.segment_failed');
    expect(stage.room.frames.length * 20).toBe(Stage.MS_PER_WORD);
    expect(stage.states.at(-1)).toBe('idle');
  });
});

describe('barge-in', () => {
  it('stops at once and tells the runner what was heard', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('tell me a story');
    await stage.verbs(delta('Once upon a time there was a king. '), delta('He had '));
    await stage.clock.advance(10 + 4 * Stage.MS_PER_WORD);
    expect(stage.states.at(-1)).toBe('speaking');
    stage.hear({ t: 'speech-start', atMs: 9000 });
    await settle();
    expect(stage.room.queuedMs()).toBe(0);
    expect(stage.cancelled).toBe(1);
    expect(stage.events('user.interrupted')).toEqual([
      { event: 'user.interrupted', turn_id: 1, heard_prefix: 'Once upon a time' },
    ]);
    expect(stage.transcript.at(-1)).toBe('assistant: Once upon a time there was a king. [Once upon a time]');
    const frames = stage.room.frames.length;
    await stage.verbs(delta('two sons.'), textEnd);
    await stage.clock.advance(5000);
    expect(stage.room.frames.length).toBe(frames);
    stage.hear({ t: 'final', text: 'stop', startMs: 9000, endMs: 9400, sttMs: 1 });
    await stage.verbs(delta('All right.'), textEnd);
    await stage.clock.advance(3000);
    expect(stage.transcript.slice(-2)).toEqual(['user: stop', 'assistant: All right.']);
    expect(stage.states).toEqual(['listening', 'thinking', 'speaking', 'interrupted', 'thinking', 'speaking', 'idle']);
  });

  it('audio that arrives late for what was stopped is not played', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.verbs(say('One two three four five.'));
    await stage.clock.advance(200);
    stage.hear({ t: 'speech-start', atMs: 0 });
    stage.voice(1, 'One two three four five.');
    const frames = stage.room.frames.length;
    await stage.clock.advance(2000);
    expect(stage.room.frames.length).toBe(frames);
  });

  it('before the reply is heard, the reply waits: noise lets it go on', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('hello');
    stage.hear({ t: 'speech-start', atMs: 900 });
    await stage.verbs(delta('Hi there.'), textEnd);
    await stage.clock.advance(2000);
    expect(stage.room.frames).toEqual([]);
    stage.hear({ t: 'final', text: ' ', startMs: 900, endMs: 950, sttMs: 1 });
    await stage.clock.advance(2000);
    expect(stage.transcript).toEqual(['user: hello', 'assistant: Hi there.']);
    expect(stage.events('user.interrupted')).toEqual([]);
  });

  it('before the reply is heard, more words replace it', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('I want');
    stage.hear({ t: 'speech-start', atMs: 900 });
    await stage.verbs(delta('What do you want?'), textEnd);
    await stage.clock.advance(100);
    stage.hear({ t: 'final', text: 'a pizza', startMs: 900, endMs: 950, sttMs: 1 });
    await stage.clock.advance(2000);
    expect(stage.transcript).toEqual(['user: I want', 'user: a pizza']);
    expect(stage.events('user.interrupted')).toEqual([{ event: 'user.interrupted', turn_id: 1, heard_prefix: '' }]);
    expect(stage.events('user.text').map((event) => event.text)).toEqual(['I want', 'a pizza']);
  });

  it('a recogniser lost in mid-utterance lets the reply go on', async () => {
    const stage = new Stage();
    await stage.start();
    stage.hear({ t: 'speech-start', atMs: 0 });
    await stage.verbs(say('Hello.'));
    stage.conversation.hearingLost();
    await stage.clock.advance(1000);
    expect(stage.transcript).toEqual(['assistant: Hello.']);
  });
});

describe('agent.end_call', () => {
  it('waits until the good-bye has been played, a streamed one without text.end too', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.verbs(delta('Good bye now'), endCall('done'));
    await stage.clock.advance(3 * Stage.MS_PER_WORD - 50);
    expect(stage.endCalls).toEqual([]);
    await stage.clock.advance(100);
    expect(stage.endCalls).toEqual(['done']);
    expect(stage.transcript).toEqual(['assistant: Good bye now']);
  });

  it('waits 15 s at most, and not at all before the start', async () => {
    const stage = new Stage();
    stage.voiceAnswers = false;
    await stage.verbs(endCall('early'));
    expect(stage.endCalls).toEqual(['early']);
    await stage.start();
    await stage.verbs(say('Never spoken.'), endCall('late'));
    await stage.clock.advance(14_900);
    expect(stage.endCalls).toEqual(['early']);
    await stage.clock.advance(200);
    expect(stage.endCalls).toEqual(['early', 'late']);
  });
});

describe('the end of the call', () => {
  const limits = { finalMs: 500, textEndMs: 1000, runnerAttached: true };

  it('in the middle of a reply: user.interrupted, then text.end is awaited, then the figures', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('hello');
    await stage.verbs(delta('One two three four five six. '), delta('More'));
    await stage.clock.advance(10 + 2 * Stage.MS_PER_WORD);
    let done: { turnId: number } | undefined;
    void stage.conversation.finish(limits).then((result) => (done = result));
    await settle();
    expect(stage.events('user.interrupted')).toEqual([
      { event: 'user.interrupted', turn_id: 1, heard_prefix: 'One two' },
    ]);
    expect(done).toBeUndefined();
    await stage.verbs(textEnd);
    expect(done).toEqual({ turnId: 1 });
    expect(stage.transcript).toEqual(['user: hello', 'assistant: One two three four five six. [One two]']);
    expect(stage.events('turn.metrics')).toHaveLength(1);
    await stage.verbs(say('too late'), delta('x'));
    await stage.clock.advance(1000);
    expect(stage.spoken).toHaveLength(1);
  });

  it('waits no longer than a second for text.end', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('hello');
    let done = false;
    void stage.conversation.finish(limits).then(() => (done = true));
    await stage.clock.advance(990);
    expect(done).toBe(false);
    await stage.clock.advance(20);
    expect(done).toBe(true);
  });

  it('does not wait for a runner that is gone', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('hello');
    await stage.conversation.finish({ ...limits, runnerAttached: false });
    expect(stage.events('user.interrupted')).toEqual([]);
  });

  it('a runner that goes away meanwhile ends the wait', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('hello');
    let done = false;
    void stage.conversation.finish(limits).then(() => (done = true));
    stage.conversation.runnerGone();
    await settle();
    expect(done).toBe(true);
  });

  it('stores the last words of the caller, which no runner gets any more', async () => {
    const stage = new Stage();
    await stage.start();
    stage.hear({ t: 'speech-start', atMs: 0 });
    const finishing = stage.conversation.finish(limits);
    stage.hear({ t: 'final', text: 'good bye', startMs: 0, endMs: 400, sttMs: 1 });
    await finishing;
    expect(stage.transcript).toEqual(['user: good bye']);
    expect(stage.events('user.text')).toEqual([]);
    expect(stage.facts).toEqual([]);
  });
});

describe('a runner whose socket broke', () => {
  it('in the middle of a reply: what it said is spoken to the end, and the next turn is not lost', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.caller('hello');
    await stage.verbs(delta('I was about to'));
    stage.conversation.runnerGone();
    await stage.clock.advance(3000);
    expect(stage.transcript.at(-1)).toBe('assistant: I was about to');
    await stage.caller('go on');
    await stage.verbs(delta('Sure.'), textEnd);
    await stage.clock.advance(3000);
    expect(stage.transcript.at(-1)).toBe('assistant: Sure.');
  });

  it('before the start: its half sentence is closed', async () => {
    const stage = new Stage();
    await stage.verbs(delta('Hello'));
    stage.conversation.runnerGone();
    await stage.start();
    await stage.clock.advance(1000);
    expect(stage.transcript).toEqual(['assistant: Hello']);
  });

  it('a transfer is not carried out', async () => {
    const stage = new Stage();
    await stage.start();
    await stage.verbs({
      event: 'agent.transfer',
      transfer_type: 'number',
      target: '+1',
      mode: 'cold',
      announcement: '',
    });
    expect(stage.logs).toContain('transfer.unsupported');
  });
});
