import type { AgentVerb, AttachRequest, BridgeFrame } from '@callplane/contracts';
import { describe, expect, it } from 'vitest';
import { FakeClock, settle } from './fake-ports.suite.ts';
import { RunnerLink } from './runner-link.ts';

class Desk {
  readonly clock = new FakeClock();
  readonly facts: string[] = [];
  readonly frames: BridgeFrame[] = [];
  readonly verbs: AgentVerb[] = [];
  readonly bad: unknown[] = [];
  gone = 0;
  playedOut: () => void = () => undefined;
  readonly link = new RunnerLink({
    clock: this.clock,
    report: (type, data) => this.facts.push(`${type} ${JSON.stringify(data)}`),
    publish: (frame) => this.frames.push(frame),
    callStarted: ({ jobId }) => ({ event: 'call.started', job_id: jobId }),
    roomId: 'room_1',
    onVerb: (verb) => this.verbs.push(verb),
    onGone: () => (this.gone += 1),
    playedOut: () => new Promise((resolve) => (this.playedOut = resolve)),
    onBadFrame: (frame) => this.bad.push(frame),
  });

  attach(connectionId = 'c1', supportedEvents = ['user.text']): ReturnType<RunnerLink['attach']> {
    const request: AttachRequest = {
      connectionId,
      gateway: 'api-1',
      jobId: 'job_1',
      workerId: 'w#1',
      supportedEvents,
      supportedVerbs: [],
    };
    return this.link.attach(request);
  }

  closed(code: number, connectionId = 'c1'): void {
    this.link.take({ t: 'closed', connectionId, code, reason: '' });
  }

  get events(): unknown[] {
    return this.frames.map((message) => (message.t === 'frame' ? message.frame['event'] : `close ${message.code}`));
  }
}

const text = { event: 'user.text', text: 'hi', is_final: true, extra: { language: 'en' } } as const;
const idle = { event: 'state', state: 'idle', turn_id: 0, call_id: 'cal_1' } as const;

describe('attaching', () => {
  it('takes one socket and refuses a second while the first lives', () => {
    const desk = new Desk();
    expect(desk.attach()).toEqual({
      ok: true,
      roomId: 'room_1',
      started: { event: 'call.started', job_id: 'job_1' },
    });
    expect(desk.attach('c2')).toMatchObject({ ok: false, code: 4009 });
    expect(desk.facts).toEqual(['runner-attached {"workerId":"w#1"}']);
    expect(desk.link.attached).toBe(true);
  });

  it('lets nothing overtake the handshake, and keeps what is said to a runner that is away', async () => {
    const desk = new Desk();
    desk.link.send(text);
    desk.link.send(idle);
    desk.attach();
    desk.link.send({ ...text, text: 'two' });
    expect(desk.frames).toEqual([]);
    await desk.clock.advance(20);
    desk.link.send(idle);
    expect(desk.frames.map((message) => (message.t === 'frame' ? message.frame['text'] : ''))).toEqual([
      'hi',
      'two',
      undefined,
    ]);
    expect(desk.frames[0]).toMatchObject({ connectionId: 'c1' });
  });

  it('sends extension events only to a client that listed them', async () => {
    const desk = new Desk();
    desk.attach();
    await desk.clock.advance(20);
    desk.link.send({ event: 'user.partial', text: 'h' });
    expect(desk.frames).toEqual([]);
    const other = new Desk();
    other.attach('c1', ['user.partial']);
    await other.clock.advance(20);
    other.link.send({ event: 'user.partial', text: 'h' });
    other.link.send({ event: 'agent.spoken', turn_id: 1, text: 'x' });
    expect(other.events).toEqual(['user.partial']);
  });
});

describe('frames', () => {
  it('of the attached socket are taken, of any other ignored, malformed ones reported', () => {
    const desk = new Desk();
    desk.attach();
    desk.link.take({ t: 'frame', connectionId: 'c1', frame: { event: 'agent.say', text: 'hello' } });
    desk.link.take({ t: 'frame', connectionId: 'c0', frame: { event: 'agent.say', text: 'other' } });
    desk.link.take({ t: 'frame', connectionId: 'c1', frame: { event: 'agent.dance' } });
    expect(desk.verbs).toEqual([{ event: 'agent.say', text: 'hello' }]);
    expect(desk.bad).toEqual([{ event: 'agent.dance' }]);
  });
});

describe('leaving', () => {
  it('an abnormal close is a detachment: the runner may come back', async () => {
    const desk = new Desk();
    desk.attach();
    desk.closed(1006, 'c0');
    desk.closed(1006);
    desk.link.send(text);
    expect(desk.gone).toBe(1);
    expect(desk.attach('c2')).toMatchObject({ ok: true });
    await desk.clock.advance(5000);
    expect(desk.facts.map((fact) => fact.split(' ')[0])).toEqual([
      'runner-attached',
      'runner-detached',
      'runner-attached',
    ]);
    expect(desk.facts[1]).toBe('runner-detached {"code":1006,"willReturn":true}');
    expect(desk.frames).toMatchObject([{ connectionId: 'c2', frame: { event: 'user.text' } }]);
  });

  it('an orderly close ends the call after a second without a redial, once all is played', async () => {
    const desk = new Desk();
    desk.attach();
    desk.closed(1000);
    await desk.clock.advance(1100);
    expect(desk.facts).toHaveLength(1);
    desk.playedOut();
    await settle();
    expect(desk.facts[1]).toBe('runner-ended {"how":"closed"}');
    expect(desk.attach('c2')).toMatchObject({ ok: false, code: 4003 });
    expect(desk.facts).toHaveLength(2);
  });

  it.each(['attach', 'redialled'])('a redial after an orderly close means that the runner failed (%s)', async (how) => {
    const desk = new Desk();
    desk.attach();
    desk.closed(1000);
    await desk.clock.advance(200);
    if (how === 'attach') expect(desk.attach('c2')).toMatchObject({ ok: false, code: 4003 });
    else desk.link.take({ t: 'redialled', connectionId: 'c2' });
    await desk.clock.advance(400);
    expect(desk.attach('c3')).toMatchObject({ ok: false, code: 4003 });
    desk.link.take({ t: 'redialled', connectionId: 'c3' });
    await desk.clock.advance(5000);
    desk.playedOut();
    await settle();
    expect(desk.facts.slice(1)).toEqual(['runner-ended {"how":"error"}']);
  });

  it.each([1000, 1006])('after agent.end_call the closing of the socket means nothing (%i)', async (code) => {
    const desk = new Desk();
    desk.attach();
    desk.link.take({ t: 'frame', connectionId: 'c1', frame: { event: 'agent.end_call' } });
    desk.closed(code);
    expect(desk.gone).toBe(1);
    expect(desk.attach('c2')).toMatchObject({ ok: false, code: 4003 });
    await desk.clock.advance(5000);
    expect(desk.facts).toHaveLength(1);
    desk.link.reportEndCall('completed');
    desk.link.reportEndCall('again');
    expect(desk.facts.slice(1)).toEqual(['runner-ended {"how":"end_call","reason":"completed"}']);
  });
});

describe('closing', () => {
  it('sends the last frame and the order to close, then refuses every dial', async () => {
    const desk = new Desk();
    desk.attach();
    desk.link.send(text);
    desk.link.close(idle, 'USER_HUNG_UP_IN_CALL');
    expect(desk.events).toEqual(['user.text', 'state', 'close 1000']);
    expect(desk.frames.at(-1)).toEqual({ t: 'close', connectionId: 'c1', code: 1000, reason: 'USER_HUNG_UP_IN_CALL' });
    desk.link.send(text);
    desk.link.close(idle, 'again');
    desk.link.reportEndCall('x');
    desk.closed(1000);
    await desk.clock.advance(5000);
    expect(desk.attach('c2')).toMatchObject({ ok: false, code: 4003 });
    expect(desk.frames).toHaveLength(3);
    expect(desk.facts).toHaveLength(1);
  });

  it('tells nobody when nobody is attached', () => {
    const desk = new Desk();
    desk.link.close(idle, 'USER_BUSY');
    expect(desk.frames).toEqual([]);
  });
});
