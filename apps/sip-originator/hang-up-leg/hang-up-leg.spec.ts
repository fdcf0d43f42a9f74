import { describe, expect, it } from 'vitest';
import type { LegDesk } from '../leg-desk.ts';
import { HangUpLegHandler } from './hang-up-leg.handler.ts';

describe('hang-up-leg', () => {
  it('answers what came of the BYE or CANCEL', async () => {
    const desk = { hangUp: (callId: string) => Promise.resolve(callId === 'cal_1' ? 'unconfirmed' : 'gone') };
    const handler = new HangUpLegHandler(desk as unknown as LegDesk);
    const hangUp = handler.hangUp as unknown as (data: unknown, context: unknown) => Promise<unknown>;
    const context = { getHeaders: () => undefined };
    const answers = await Promise.all(
      ['cal_1', 'cal_2'].map((callId) => hangUp.call(handler, { callId, reason: 'test' }, context)),
    );
    expect(answers).toEqual([
      { ok: true, outcome: 'unconfirmed' },
      { ok: true, outcome: 'gone' },
    ]);
  });
});
