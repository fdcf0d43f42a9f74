import { NODE_ID } from '@callplane/service-kit';
import { describe, expect, it } from 'vitest';
import type { LegDesk } from '../leg-desk.ts';
import { ReadLegHandler } from './read-leg.handler.ts';

describe('read-leg', () => {
  it('names the calls this process holds: all, or the one asked for', async () => {
    const handler = new ReadLegHandler({ held: () => ['cal_1', 'cal_2'] } as unknown as LegDesk);
    const read = handler.read as unknown as (data: unknown, context: unknown) => Promise<unknown>;
    const ask = (data: unknown): Promise<unknown> => read.call(handler, data, { getHeaders: () => undefined });
    const of = (callIds: string[]): unknown => ({ ok: true, node: NODE_ID, callIds });
    expect(await ask({})).toEqual(of(['cal_1', 'cal_2']));
    expect(await ask({ callId: 'cal_2' })).toEqual(of(['cal_2']));
    expect(await ask({ callId: 'cal_3' })).toEqual(of([]));
  });
});
