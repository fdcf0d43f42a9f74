import type { NatsBus } from '@callplane/messaging';
import { Readiness, Shutdown } from '@callplane/service-kit';
import { createLogger } from '@callplane/telemetry';
import { describe, expect, it } from 'vitest';
import type { LegDesk } from './leg-desk.ts';
import { RunLegs } from './run-legs.ts';

describe('RunLegs', () => {
  it('beats and is ready while the desk is open; on SIGTERM the desk closes after its last call', async () => {
    const beats: unknown[] = [];
    const bus = { publishJson: (_subject: string, value: unknown) => beats.push(value) } as unknown as NatsBus;
    let held = ['cal_1'];
    const order: string[] = [];
    const desk = {
      held: () => held,
      problem: () => (order.includes('closed') ? 'the gateway is closed' : null),
      close: () => Promise.resolve(void order.push('closed')),
    } as unknown as LegDesk;
    const readiness = new Readiness();
    const shutdown = new Shutdown(createLogger('test', 'test', 'silent'), 10_000);
    const run = new RunLegs(desk, bus, readiness, shutdown);
    run.onApplicationBootstrap();
    expect(beats).toMatchObject([{ app: 'sip-originator', callIds: ['cal_1'] }]);
    expect(await readiness.report()).toMatchObject({ ready: true });
    shutdown.begin('SIGTERM');
    const closing = run.beforeApplicationShutdown();
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    order.push('call ended');
    held = [];
    await closing;
    expect(order).toEqual(['call ended', 'closed']);
    expect((await readiness.report()).missing).toEqual({ sip_gateway: 'the gateway is closed' });
    run.onApplicationShutdown();
  });
});
