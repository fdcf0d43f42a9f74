import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_TURN, TURN_STATES, reduceTurn, type Turn, type TurnAction, type TurnEvent } from './reduce-turn.ts';

function run(events: readonly TurnEvent[], from: Turn = FIRST_TURN): { turn: Turn; actions: TurnAction[] } {
  let turn = from;
  const actions: TurnAction[] = [];
  for (const event of events) {
    const step = reduceTurn(turn, event);
    turn = step.turn;
    actions.push(...step.actions);
  }
  return { turn, actions };
}

const say = (text: string): TurnEvent => ({ type: 'say', text });
const delta = (text: string): TurnEvent => ({ type: 'delta', text });
const final = (text: string): TurnEvent => ({ type: 'final', text });
const [START, END, PLAYS, DRAINED, BARGE]: TurnEvent[] = [
  { type: 'speech-start' },
  { type: 'text-end' },
  { type: 'playout-started' },
  { type: 'playout-drained' },
  { type: 'barge-in' },
] as [TurnEvent, TurnEvent, TurnEvent, TurnEvent, TurnEvent];

const state = (name: Turn['state'], turnId: number): TurnAction => ({ type: 'report-state', state: name, turnId });

describe('a turn', () => {
  it('goes round once', () => {
    const { turn, actions } = run([
      START,
      final(' hello '),
      delta('Hi there. How'),
      delta(' are you?'),
      PLAYS,
      END,
      DRAINED,
    ]);
    expect(actions).toEqual([
      state('listening', 0),
      { type: 'send-user-text', text: 'hello', turnId: 1 },
      state('thinking', 1),
      { type: 'speak', clauses: ['Hi there.'] },
      state('speaking', 1),
      { type: 'speak', clauses: ['How are you?'] },
      state('idle', 1),
    ]);
    expect(turn).toEqual({ ...FIRST_TURN, turnId: 1 });
  });

  it('goes back to thinking while the agent is slower than its voice', () => {
    const { turn } = run([final('hello'), delta('Hi there. A'), PLAYS, DRAINED]);
    expect(turn.state).toBe('thinking');
    expect(run([END, PLAYS, DRAINED], turn).turn.state).toBe('idle');
  });

  it('ends when the agent has nothing to say', () => {
    expect(run([final('hello'), END]).turn).toEqual({ ...FIRST_TURN, turnId: 1 });
  });

  it('takes noise for what it is', () => {
    expect(run([START, final(' ')]).turn.state).toBe('idle');
    expect(run([final('hi'), final('')]).turn.state).toBe('thinking');
    const { turn, actions } = run([say('Hello.'), PLAYS, START, final('')]);
    expect(actions.slice(-2)).toEqual([{ type: 'duck-playout' }, { type: 'restore-playout' }]);
    expect(turn.state).toBe('speaking');
  });

  it('plays what is said outside the stream, also before anybody spoke', () => {
    const { turn, actions } = run([say('Hello there. Who is this?'), PLAYS, DRAINED]);
    expect(actions[0]).toEqual({ type: 'speak', clauses: ['Hello there.', 'Who is this?'] });
    expect(turn.state).toBe('idle');
    expect(run([say('')]).actions).toEqual([]);
  });

  it('keeps listening when playout drains under a caller who began to speak', () => {
    expect(run([START, say('Hm.'), DRAINED]).turn.state).toBe('listening');
    expect(run([START, START]).turn.state).toBe('listening');
  });

  it('ignores a playout nobody asked for', () => {
    expect(run([PLAYS]).turn).toEqual(FIRST_TURN);
  });
});

describe('a barge-in', () => {
  const speaking = run([final('hello'), delta('First thing. Second'), PLAYS]).turn;

  it('stops playout at once and drops the rest of the stream', () => {
    const { turn, actions } = run([BARGE, delta(' thing. Third'), END], speaking);
    expect(actions).toEqual([
      { type: 'stop-playout' },
      { type: 'send-interrupted', turnId: 1 },
      state('interrupted', 1),
    ]);
    expect(turn).toMatchObject({ state: 'interrupted', discarding: false, queued: false });
    expect(run([DRAINED], turn).turn.state).toBe('interrupted');
    const next = run([final('wait'), delta('Yes. W')], turn);
    expect(next.actions).toEqual([
      { type: 'send-user-text', text: 'wait', turnId: 2 },
      state('thinking', 2),
      { type: 'speak', clauses: ['Yes.'] },
    ]);
    expect(run([final('')], turn).turn.state).toBe('idle');
  });

  it('is implied by words over the agent', () => {
    const { turn, actions } = run([final('stop'), delta('old text. M'), END, delta('New text. M')], speaking);
    expect(actions).toEqual([
      { type: 'stop-playout' },
      { type: 'send-interrupted', turnId: 1 },
      { type: 'send-user-text', text: 'stop', turnId: 2 },
      state('thinking', 2),
      { type: 'speak', clauses: ['New text.'] },
    ]);
    expect(turn.turnId).toBe(2);
  });

  it('drops nothing when the agent had finished its text', () => {
    const { turn } = run([END, BARGE], speaking);
    expect(turn.discarding).toBe(false);
  });

  it('withdraws a question the agent has not begun to answer, once the caller says more', () => {
    const { turn, actions } = run([final('I want'), BARGE, final('a pizza'), delta('old. O'), END]);
    expect(actions).toEqual([
      { type: 'send-user-text', text: 'I want', turnId: 1 },
      state('thinking', 1),
      { type: 'send-interrupted', turnId: 1 },
      { type: 'send-user-text', text: 'a pizza', turnId: 2 },
      state('thinking', 2),
    ]);
    expect(turn).toMatchObject({ awaiting: true, discarding: false });
  });

  it('over a filler leaves the question standing', () => {
    const { turn } = run([say('Hm.'), final('Hello'), DRAINED]);
    expect(turn).toMatchObject({ state: 'thinking', awaiting: true });
    const filler: Turn = { ...turn, state: 'speaking', queued: true };
    expect(run([BARGE], filler).turn).toMatchObject({ state: 'interrupted', awaiting: true, discarding: false });
    expect(run([DRAINED], filler).turn.state).toBe('thinking');
  });

  it('means nothing when nobody speaks', () => {
    expect(run([BARGE])).toEqual({ turn: FIRST_TURN, actions: [] });
  });
});

describe('any conversation', () => {
  const events = fc.oneof(
    fc.constantFrom(START, END, PLAYS, DRAINED, BARGE),
    fc.constantFrom(say('One. Two.'), delta('Some words, '), delta('and an end. '), final('yes'), final('')),
  );

  it('reports every change of state, and plays nothing after it stopped', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 30 }), (history) => {
        let turn = FIRST_TURN;
        for (const event of history) {
          const step = reduceTurn(turn, event);
          const reported = step.actions.filter((action) => action.type === 'report-state');
          const changed = step.turn.state !== turn.state || step.turn.turnId !== turn.turnId;
          expect(reported).toEqual(changed ? [state(step.turn.state, step.turn.turnId)] : []);
          expect(TURN_STATES).toContain(step.turn.state);
          if (step.turn.state === 'speaking') expect(step.turn.queued).toBe(true);
          if (event.type === 'delta' && turn.discarding) expect(step.actions).toEqual([]);
          turn = step.turn;
        }
      }),
      { numRuns: 500 },
    );
  });
});
