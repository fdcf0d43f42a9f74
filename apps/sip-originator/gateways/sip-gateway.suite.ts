import type { LegEnd } from '@callplane/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LegListener, PlaceOrder, SipGateway, Trunk } from './sip-gateway.ts';

/** What a leg has said, in order; `until` waits for a word. */
export class Recorder implements LegListener {
  readonly said: string[] = [];
  readonly ends: LegEnd[] = [];
  readonly silences: { kind: string; detail: string }[] = [];
  private waiting: (() => void)[] = [];

  ringing(event: { sipCode: number; forwarded: boolean }): void {
    this.say(`ringing ${event.sipCode}${event.forwarded ? ' forwarded' : ''}`);
  }
  answered(): void {
    this.say('answered');
  }
  silent(event: { kind: 'missing' | 'lost'; detail: string }): void {
    this.silences.push(event);
    this.say(`silent ${event.kind}`);
  }
  ended(end: LegEnd): void {
    this.ends.push(end);
    this.say('ended');
  }

  async until(word: string, ms = 15_000): Promise<void> {
    const deadline = performance.now() + ms;
    while (!this.said.includes(word)) {
      if (performance.now() > deadline) throw new Error(`the leg said ${this.said.join(', ')} and not ${word}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.waiting.push(() => (clearTimeout(timer), resolve()));
      });
    }
  }

  async end(ms?: number): Promise<LegEnd> {
    await this.until('ended', ms);
    return this.ends[0]!;
  }

  private say(word: string): void {
    this.said.push(word);
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }
}

/** How a far end behaves; each adapter's harness sets one up and says how to dial it. */
export const BEHAVIOURS = ['answers', 'answers-then-hangs-up', 'busy', 'declines', 'rings'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export interface GatewayHarness {
  readonly gateway: SipGateway;
  /** Makes a far end; `passed` rejects when the SIP ladder was not as it should be (hang-up and CANCEL seen, ACKs sent). */
  farEnd(behaviour: Behaviour): Promise<{ trunk: Trunk; to: string; passed: Promise<void> }>;
  /** A fresh room name; the room need not exist. */
  room(): string;
  /** Identities in the room, for the check that nobody is left. */
  participants(room: string): Promise<string[]>;
  close(): Promise<void>;
}

let count = 0;

/** An order with everything but the far end filled in. */
export function orderFor(far: { trunk: Trunk; to: string }, room: string, with_: Partial<PlaceOrder> = {}): PlaceOrder {
  count += 1;
  return {
    callId: `cal_${process.pid}_${count}`,
    roomName: room,
    participantIdentity: `sip_${count}`,
    trunk: far.trunk,
    to: far.to,
    from: '+15550109001',
    displayName: 'Callplane test',
    ringTimeoutMs: 30_000,
    maxDurationMs: 60_000,
    ...with_,
  };
}

/** What every adapter of the port must do, run against a real far end. */
export function describeSipGateway(name: string, open: () => Promise<GatewayHarness>): void {
  describe(`SipGateway contract: ${name}`, () => {
    let harness: GatewayHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    async function dial(behaviour: Behaviour, with_: Partial<PlaceOrder> = {}) {
      const far = await harness.farEnd(behaviour);
      const room = harness.room();
      const order = orderFor(far, room, with_);
      const leg = new Recorder();
      expect(await harness.gateway.place(order, leg)).toEqual({ ok: true });
      expect(harness.gateway.held()).toContain(order.callId);
      return { far, room, order, leg };
    }

    async function nothingLeft(callId: string, room: string, leg: Recorder): Promise<void> {
      expect(harness.gateway.held()).not.toContain(callId);
      expect(await harness.participants(room)).toEqual([]);
      expect(leg.ends).toHaveLength(1);
      expect(leg.said.at(-1)).toBe('ended');
    }

    it('rings, is answered, and hears the far end hang up', async () => {
      const { far, room, order, leg } = await dial('answers-then-hangs-up');
      expect(await leg.end()).toMatchObject({ by: 'remote', phase: 'talk', how: 'bye' });
      expect(leg.said).toEqual(['ringing 180', 'answered', 'ended']);
      await far.passed;
      await nothingLeft(order.callId, room, leg);
    });

    it('hangs up an answered leg and is confirmed', async () => {
      const { far, room, order, leg } = await dial('answers');
      await leg.until('answered');
      expect(await harness.participants(room)).toEqual([order.participantIdentity]);
      expect(await harness.gateway.hangUp(order.callId, 'test')).toBe('confirmed');
      expect(await leg.end()).toMatchObject({ by: 'local', phase: 'talk', how: 'bye' });
      await far.passed;
      await nothingLeft(order.callId, room, leg);
      expect(await harness.gateway.hangUp(order.callId, 'again')).toBe('gone');
    });

    it('cancels a ringing leg and is confirmed', async () => {
      const { far, room, order, leg } = await dial('rings');
      await leg.until('ringing 180');
      expect(await harness.gateway.hangUp(order.callId, 'test')).toBe('confirmed');
      expect(await leg.end()).toMatchObject({ by: 'local', phase: 'setup', how: 'cancel' });
      await far.passed;
      await nothingLeft(order.callId, room, leg);
    });

    it.each([
      ['busy', 486],
      ['declines', 603],
    ] as const)('reports the raw status of a far end that is or does: %s', async (behaviour, status) => {
      const { far, room, order, leg } = await dial(behaviour);
      expect(await leg.end()).toMatchObject({ by: 'remote', phase: 'setup', how: 'response', status });
      await far.passed;
      await nothingLeft(order.callId, room, leg);
    });

    it('gives up by itself a little after the ring time', async () => {
      const { far, room, order, leg } = await dial('rings', { ringTimeoutMs: 500 });
      expect(await leg.end()).toMatchObject({ by: 'local', phase: 'setup', how: 'timeout' });
      await far.passed;
      await nothingLeft(order.callId, room, leg);
    });

    it('ends a leg that outlives its time', async () => {
      const { far, room, order, leg } = await dial('answers', { maxDurationMs: 500 });
      expect(await leg.end()).toMatchObject({ by: 'local', phase: 'talk', how: 'timeout' });
      await far.passed;
      await nothingLeft(order.callId, room, leg);
    });

    it('knows nothing of other calls', async () => {
      expect(await harness.gateway.hangUp('cal_unknown', 'test')).toBe('gone');
      expect(harness.gateway.problem()).toBeNull();
    });
  });
}
