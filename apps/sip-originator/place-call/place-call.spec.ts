import type { CommandData } from '@callplane/contracts';
import { NODE_ID, Shutdown } from '@callplane/service-kit';
import { createLogger } from '@callplane/telemetry';
import { describe, expect, it } from 'vitest';
import type { LegDesk } from '../leg-desk.ts';
import { PlaceCallHandler } from './place-call.handler.ts';

const ORDER: CommandData<'place-call'> = {
  callId: 'cal_1',
  fence: 1,
  roomName: 'room',
  participantIdentity: 'sip_1',
  trunkId: 'trk',
  to: '+1',
  from: '+2',
  displayName: null,
  ringTimeoutMs: 1,
  maxDurationMs: 1,
};

/** As Nest calls it: the raw payload and the context of the message. */
const call = (handler: PlaceCallHandler, data: unknown): Promise<unknown> =>
  (handler.place as unknown as (data: unknown, context: unknown) => Promise<unknown>).call(handler, data, {
    getHeaders: () => undefined,
  });

describe('place-call', () => {
  const placed: string[] = [];
  const desk = {
    place: ({ callId }: { callId: string }) => {
      placed.push(callId);
      return Promise.resolve({ ok: true, node: NODE_ID });
    },
  } as unknown as LegDesk;
  const shutdown = new Shutdown(createLogger('test', 'test', 'silent'), 1000);
  const handler = new PlaceCallHandler(desk, shutdown);

  it('hands the order to the desk', async () => {
    expect(await call(handler, ORDER)).toEqual({ ok: true, node: NODE_ID });
    expect(placed).toEqual(['cal_1']);
  });

  it('refuses an order that does not fit the contract', async () => {
    expect(await call(handler, { ...ORDER, ringTimeoutMs: -1 })).toMatchObject({ ok: false, code: 'malformed' });
  });

  it('takes nothing while the process drains', async () => {
    shutdown.begin('SIGTERM');
    expect(await call(handler, ORDER)).toMatchObject({ ok: false, code: 'draining' });
    expect(placed).toHaveLength(1);
  });
});
