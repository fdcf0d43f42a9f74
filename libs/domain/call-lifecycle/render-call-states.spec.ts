import { describe, expect, it } from 'vitest';
import { FACT_TYPES } from './facts.ts';
import { renderCallStates } from './render-call-states.ts';
import { CALL_STATES, isFinal, visibleStatus } from './states.ts';

describe('the printed page of states', () => {
  const page = renderCallStates();

  it('shows every state with its visible status and every fact', () => {
    for (const state of CALL_STATES) expect(page).toContain(`| \`${visibleStatus(state)}\` | \`${state}\` |`);
    for (const type of FACT_TYPES) expect(page).toContain(`| \`${type}\` |`);
  });

  it('draws the moves', () => {
    expect(page).toContain('stateDiagram-v2');
    expect(page).toContain('  queued --> dialing: dial-started\n');
    expect(page).toContain('  ringing --> active: leg-answered\n');
    expect(page).toContain('  active --> ended\n');
    expect(page).not.toContain('queued --> active');
  });

  it('names deadlines with their defaults, and effects in order', () => {
    expect(page).toContain('ringTimeoutMs (45000 ms)');
    expect(page).toContain('runnerReturnMs (10000 ms)');
    expect(page).toContain('| an ending begins | hang-up-leg (if leg_up) |');
    expect(page).toContain('| entering active | emit-event call.active, start-conversation |');
  });
});

describe('visible status', () => {
  it('is the word of the lifecycle page', () => {
    expect(CALL_STATES.map(visibleStatus)).toEqual([
      ...['pending', 'ringing', 'ringing', 'active', 'completed', 'failed', 'failed'],
    ]);
    expect(CALL_STATES.filter(isFinal)).toEqual(['ended', 'not_connected', 'canceled']);
  });
});
