import { describe, expect, it } from 'vitest';
import type { Dialog } from './dialog.ts';
import { Session } from './session.ts';

interface Desk {
  session: Session;
  sent: Record<string, unknown>[];
  told: string[];
}

function desk(dialog?: Dialog): Desk {
  const session = new Session();
  const sent: Record<string, unknown>[] = [];
  const told: string[] = [];
  session.attach((frame) => sent.push(frame));
  if (dialog !== undefined) session.dialog = dialog;
  session.on('user_turn', (text, language) => void told.push(`user ${text} ${language}`));
  session.on('agent_turn', (text) => void told.push(`agent ${text}`));
  session.on('interruption', (heard) => void told.push(`interrupted ${heard}`));
  session.on('error', ({ code, severity }) => void told.push(`error ${code} ${severity}`));
  session.on('call_end', (how) => void told.push(`end ${how}`));
  return { session, sent, told };
}

const echo: Dialog = {
  async *stream(text) {
    yield 'You said ';
    yield text;
  },
};
const hear = (text: string) => ({ event: 'user.text', text, is_final: true, extra: { language: 'en' } });
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Lets the session run until everything that was received is answered. */
async function answered({ session, sent }: Desk, replies: number): Promise<void> {
  void session;
  for (let n = 0; n < 100 && sent.filter((frame) => frame['event'] === 'agent.text.end').length < replies; n += 1)
    await settle();
}

describe('a turn', () => {
  it('streams the reply of the dialog, then its end', async () => {
    const at = desk(echo);
    const done = at.session.run();
    at.session.receive(hear('hi'));
    await answered(at, 1);
    expect(at.sent).toEqual([
      { event: 'agent.text.delta', text: 'You said ' },
      { event: 'agent.text.delta', text: 'hi' },
      { event: 'agent.text.end' },
    ]);
    at.session.close('USER_HUNG_UP_IN_CALL');
    expect(await done).toBe('hangup');
    expect(at.told).toEqual(['user hi en', 'agent You said hi', 'end hangup']);
  });

  it('takes a whole reply too, and answers turns in order, those before run() included', async () => {
    const at = desk({ turn: async (text) => text.toUpperCase() });
    at.session.say('Hello');
    at.session.receive(hear('one'));
    void at.session.run();
    at.session.receive(hear('two'));
    await answered(at, 2);
    expect(at.sent.map((frame) => frame['text'] ?? frame['event'])).toEqual([
      'Hello',
      'ONE',
      'agent.text.end',
      'TWO',
      'agent.text.end',
    ]);
  });

  it('sends nothing without a dialog', async () => {
    const at = desk();
    void at.session.run();
    at.session.receive(hear('hi'));
    await settle();
    expect(at.told).toEqual(['user hi en']);
    expect(at.sent).toEqual([]);
  });

  it('is stopped by an interruption, even while the dialog waits; its finally runs', async () => {
    let left = '';
    let signal: AbortSignal | undefined;
    const at = desk({
      async *stream(_text, turn) {
        signal = turn.signal;
        try {
          yield 'w0 ';
          yield 'w1 ';
          await new Promise((resolve) => turn.signal.addEventListener('abort', resolve));
          yield 'never';
        } finally {
          left = 'left';
        }
      },
    });
    void at.session.run();
    at.session.receive(hear('long'));
    while (at.sent.length < 2) await settle();
    at.session.receive({ event: 'user.interrupted', turn_id: 1, heard_prefix: 'w0' });
    await answered(at, 1);
    await settle();
    expect(signal?.aborted).toBe(true);
    expect(left).toBe('left');
    expect(at.told).toEqual(['user long en', 'interrupted w0', 'agent w0 w1 ']);
    expect(at.sent.at(-1)).toEqual({ event: 'agent.text.end' });
    at.session.receive({ event: 'user.interrupted', turn_id: 1, heard_prefix: '' });
    expect(at.sent).toHaveLength(3);
  });

  it('survives a dialog that fails: the turn ends, the error is told, the next turn is answered', async () => {
    let fails = true;
    const at = desk({
      async *stream(text) {
        yield 'partly ';
        if (fails) throw new Error('no answer from the model');
        yield text;
      },
    });
    void at.session.run();
    at.session.receive(hear('one'));
    await answered(at, 1);
    fails = false;
    at.session.receive(hear('two'));
    await answered(at, 2);
    expect(at.told).toContain('error dialog_failed error');
    expect(at.told).toContain('agent partly two');
  });
});

describe('the end', () => {
  it('takes reason and status from the last state frame before any handler of it runs', async () => {
    const at = desk();
    const seen: unknown[] = [];
    at.session.on('state', () => void seen.push({ ...at.session.data }));
    const done = at.session.run();
    await settle();
    at.session.receive({
      event: 'state',
      state: 'idle',
      turn_id: 1,
      status: 'completed',
      end_reason: 'AGENT_ENDED_CALL',
    });
    at.session.close('another text');
    await done;
    expect(seen).toEqual([{ end_reason: 'AGENT_ENDED_CALL', status: 'completed' }]);
    expect(at.session.data).toEqual({ end_reason: 'AGENT_ENDED_CALL', status: 'completed' });
  });

  it('falls back on the close reason when it is one', async () => {
    const given = desk();
    given.session.close('MAX_DURATION_REACHED');
    expect(given.session.data).toEqual({ end_reason: 'MAX_DURATION_REACHED' });
    const text = desk();
    text.session.close('the bridge of this call did not answer in time');
    expect(text.session.data).toEqual({});
    expect(await text.session.run()).toBe('hangup');
  });

  it('asked for within a turn comes after its last word, and only once', async () => {
    const at = desk({
      async *stream(_text, { session }) {
        session.end('completed');
        session.end('again');
        yield 'Goodbye!';
      },
    });
    void at.session.run();
    at.session.receive(hear('bye'));
    at.session.receive(hear('are you there'));
    await answered(at, 1);
    await settle();
    expect(at.sent).toEqual([
      { event: 'agent.text.delta', text: 'Goodbye!' },
      { event: 'agent.text.end' },
      { event: 'agent.end_call', reason: 'completed' },
    ]);
  });

  it('outside a turn is asked for at once; nothing is sent after the call is over', async () => {
    const at = desk();
    at.session.end('no_response');
    at.session.close('');
    at.session.say('too late');
    at.session.transfer('+15550100001', { type: 'number' });
    at.session.receive(hear('too late'));
    expect(at.sent).toEqual([{ event: 'agent.end_call', reason: 'no_response' }]);
    expect(at.session.ended).toBe(true);
  });

  it('is an error after a fatal failure of the platform, and only then', async () => {
    const at = desk();
    const done = at.session.run();
    await settle();
    at.session.receive({ event: 'error', code: 'stt', message: 'm', severity: 'warn', source: 'stt' });
    expect(at.session.ended).toBe(false);
    at.session.receive({
      event: 'error',
      code: 'transport.lost',
      message: 'm',
      severity: 'fatal',
      source: 'transport',
    });
    expect(await done).toBe('error');
    expect(at.told).toEqual(['error stt warn', 'error transport.lost fatal', 'end error']);
  });

  it('run() is for once', async () => {
    const { session } = desk();
    void session.run();
    await expect(session.run()).rejects.toThrow(/before/);
  });
});

describe('what else is told', () => {
  it('reaches its handlers, and unknown events nobody', async () => {
    const { session } = desk();
    const told: unknown[] = [];
    session.on('call_start', () => void told.push('start'));
    session.on('user_partial', (text) => void told.push(text));
    session.on('agent_spoken', (text, turn) => void told.push([text, turn]));
    session.on('silence', (ms) => void told.push(ms));
    session.on('metric', (frame) => void told.push(frame['turns']));
    session.on('turn_complete', (figures) => void told.push(figures));
    void session.run();
    await settle();
    session.receive({ event: 'user.partial', text: 'good mor' });
    session.receive({ event: 'agent.spoken', turn_id: 2, text: 'Hello' });
    session.receive({ event: 'user.silence', silent_ms: 5000 });
    session.receive({ event: 'metric', turns: 3 });
    session.receive({ event: 'turn.metrics', call_id: 'c', turn_id: 1, ttfa_ms: 812.5 });
    session.receive({ event: 'made.up' });
    expect(told).toEqual(['start', 'good mor', ['Hello', 2], 5000, 3, { turn_id: 1, ttfa_ms: 812.5 }]);
  });

  it('reports a handler that fails and goes on', async () => {
    const at = desk(echo);
    at.session.on('user_turn', () => {
      throw new Error('handler');
    });
    at.session.on('error', () => {
      throw new Error('handler of error');
    });
    void at.session.run();
    at.session.receive(hear('hi'));
    await answered(at, 1);
    expect(at.told).toContain('error handler_failed error');
    expect(at.sent).toHaveLength(3);
  });

  it('is kept while the connection is away', () => {
    const { session, sent } = desk();
    session.detach();
    session.say('one');
    session.transfer('sales', { type: 'human', mode: 'warm', announcement: 'Hi' });
    expect(sent).toEqual([]);
    session.attach((frame) => sent.push(frame));
    expect(sent).toEqual([
      { event: 'agent.say', text: 'one' },
      { event: 'agent.transfer', transfer_type: 'human', target: 'sales', mode: 'warm', announcement: 'Hi' },
    ]);
  });
});
