import { describe, expect, it } from 'vitest';
import { settlementOf } from './settlement.ts';

describe('settlementOf', () => {
  it('acks what is done and dead-letters what cannot be mended', () => {
    expect(settlementOf({ outcome: 'done' }, 1)).toEqual({ action: 'ack' });
    expect(settlementOf({ outcome: 'dead', why: 'no such fact' }, 1)).toEqual({
      action: 'dead-letter',
      why: 'no such fact',
    });
  });

  it('hands back at once when the process stops', () => {
    expect(settlementOf({ outcome: 'hand-back' }, 3)).toEqual({ action: 'nak', delayMs: 0 });
  });

  it('retries with a growing delay, then gives up into the dead letters', () => {
    expect(settlementOf({ outcome: 'retry' }, 1)).toEqual({ action: 'nak', delayMs: 100 });
    expect(settlementOf({ outcome: 'retry' }, 3)).toEqual({ action: 'nak', delayMs: 2000 });
    expect(settlementOf({ outcome: 'retry' }, 30)).toEqual({ action: 'nak', delayMs: 15_000 });
    expect(settlementOf({ outcome: 'retry' }, 40)).toMatchObject({ action: 'dead-letter' });
  });
});
