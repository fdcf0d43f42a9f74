import type { CommandData, FactEnvelope } from '@callplane/contracts';
import type { LegEnd } from '@callplane/domain';
import { createLogger } from '@callplane/telemetry';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LegListener, PlacedLeg, PlaceOrder, SipGateway, Trunk } from './gateways/sip-gateway.ts';
import { LegDesk } from './leg-desk.ts';
import type { TrunkReader } from './read-trunk.ts';

const TRUNK: Trunk = {
  id: 'trk',
  kind: 'embedded',
  uri: 'sip:h:1',
  credentials: undefined,
  providerTrunkId: undefined,
};
const END: LegEnd = { by: 'remote', phase: 'talk', how: 'bye', headers: {}, challenged: false };
/** Epoch ms of the end. */
const AT = 1_700_000_000_000;
const ORDER: CommandData<'place-call'> = {
  callId: 'cal_1',
  fence: 5,
  roomName: 'room',
  participantIdentity: 'sip_1',
  trunkId: 'trk',
  to: '+1',
  from: '+2',
  displayName: null,
  ringTimeoutMs: 1000,
  maxDurationMs: 1000,
};

/** A gateway that only remembers: what it does with SIP is tested with sipp. */
class RememberingGateway implements SipGateway {
  readonly kind = 'embedded';
  readonly placed: PlaceOrder[] = [];
  listener: LegListener | undefined;
  answer: PlacedLeg = { ok: true };
  onLost: ((callId: string, end: LegEnd) => Promise<void>) | undefined;
  start(onLost: (callId: string, end: LegEnd) => Promise<void>): Promise<void> {
    this.onLost = onLost;
    return Promise.resolve();
  }
  place(order: PlaceOrder, listener: LegListener): Promise<PlacedLeg> {
    this.placed.push(order);
    this.listener = listener;
    return Promise.resolve(this.answer);
  }
  hangUp(): Promise<'gone'> {
    return Promise.resolve('gone');
  }
  held(): string[] {
    return [];
  }
  problem(): string | null {
    return null;
  }
  close(): Promise<void> {
    this.listener?.ended(END, AT);
    return Promise.resolve();
  }
}

let gateway: RememberingGateway;
let desk: LegDesk;
let facts: FactEnvelope[];
let store: () => Promise<void>;

beforeEach(async () => {
  gateway = new RememberingGateway();
  facts = [];
  store = () => Promise.resolve();
  const trunks = {
    read: (id: string) =>
      Promise.resolve(id === 'trk' ? { ok: true, trunk: TRUNK } : { ok: false, code: 'trunk_not_found', message: '' }),
  };
  const publisher = { publish: (fact: FactEnvelope) => (facts.push(fact), store()) };
  desk = new LegDesk(gateway, trunks as unknown as TrunkReader, publisher, createLogger('test', 'test', 'silent'));
  await desk.start();
});

describe('LegDesk', () => {
  it('turns what a leg says into facts with a sequence of its own', async () => {
    expect(await desk.place(ORDER)).toMatchObject({ ok: true });
    gateway.listener?.ringing({ sipCode: 183, forwarded: true });
    gateway.listener?.answered();
    gateway.listener?.silent({ kind: 'missing', detail: 'x' });
    gateway.listener?.silent({ kind: 'lost', detail: 'no RTP' });
    gateway.listener?.ended({ ...END, confirmed: true } as LegEnd, AT);
    expect(facts.at(-1)?.at).toBe(AT);
    expect(facts.map(({ id, type, sequence, data }) => [id, type, sequence, data])).toEqual([
      ['cal_1:leg:1', 'leg-ringing', 1, { sipCode: 183, forwarded: true }],
      ['cal_1:leg:2', 'leg-answered', 2, {}],
      ['cal_1:leg:3', 'audio-missing', 3, {}],
      ['cal_1:leg:4', 'media-lost', 4, { detail: 'no RTP' }],
      ['cal_1:leg:5', 'leg-ended', 5, { end: END }],
    ]);
  });

  it('holds the call until the stream has its end', async () => {
    await desk.place(ORDER);
    let stored = (): void => undefined;
    store = () => new Promise((resolve) => (stored = resolve));
    gateway.listener?.ended(END, AT);
    expect(desk.held()).toEqual(['cal_1']);
    stored();
    await new Promise((resolve) => setImmediate(resolve));
    expect(desk.held()).toEqual([]);
  });

  it('answers a repeated order as before, without dialling, also after the leg has ended', async () => {
    await desk.place(ORDER);
    gateway.listener?.ended(END, AT);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await desk.place(ORDER)).toMatchObject({ ok: true });
    expect(gateway.placed).toHaveLength(1);
    expect(await desk.place({ ...ORDER, fence: 4 })).toMatchObject({ ok: false, code: 'already_dialled' });
    expect(await desk.place({ ...ORDER, fence: 6 })).toMatchObject({ ok: true });
    expect(gateway.placed).toHaveLength(2);
  });

  it('dials again after a refusal: nothing was dialled', async () => {
    gateway.answer = { ok: false, code: 'gateway_unavailable', message: 'no port' };
    expect(await desk.place(ORDER)).toEqual(gateway.answer);
    expect(desk.held()).toEqual([]);
    gateway.answer = { ok: true };
    expect(await desk.place(ORDER)).toMatchObject({ ok: true });
    expect(await desk.place({ ...ORDER, callId: 'cal_2', trunkId: 'other' })).toMatchObject({
      code: 'trunk_not_found',
    });
  });

  it('forgets the oldest orders, never those of live legs', async () => {
    await desk.place(ORDER);
    gateway.listener?.ended(END, AT);
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 2001; n += 1) {
      await desk.place({ ...ORDER, callId: `cal_x${n}` });
      gateway.listener?.ended(END, AT);
    }
    await new Promise((resolve) => setImmediate(resolve));
    const before = gateway.placed.length;
    await desk.place(ORDER);
    expect(gateway.placed).toHaveLength(before + 1);
  });

  it('tells the end of a leg that an earlier process lost, after everything that one can have said', async () => {
    await gateway.onLost?.('cal_9', { ...END, by: 'error', how: 'transport', status: 500, reason: 'lost', q850: 41 });
    expect(facts).toMatchObject([
      { id: 'cal_9:leg:lost', type: 'leg-ended', data: { end: { by: 'error', status: 500, q850: 41 } } },
    ]);
    expect(facts[0]?.sequence).toBeGreaterThan(1000);
  });

  it('waits for the stream before it is closed', async () => {
    await desk.place(ORDER);
    let closed = false;
    let stored = (): void => undefined;
    store = () => new Promise((resolve) => (stored = resolve));
    const closing = desk.close().then(() => (closed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    stored();
    await closing;
    expect(facts.at(-1)?.type).toBe('leg-ended');
    expect(desk.problem()).toBeNull();
    expect(await desk.hangUp('cal_1', 'test')).toBe('gone');
  });
});
