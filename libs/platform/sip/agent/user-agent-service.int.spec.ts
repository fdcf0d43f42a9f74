import { afterEach, describe, expect, it } from 'vitest';
import { createUserAgent } from '../index.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { headerValue } from '../message/sip-message.ts';
import { anAgent, answerWithG711, aPeer, closeAll, dial, SDP } from './bench.suite.ts';

afterEach(closeAll);

describe('admission', () => {
  it('keeps strangers out and slows down a flood', async () => {
    const closed = await anAgent({ admission: { allow: ['192.0.2.0/24', '::1'] } });
    const slow = await anAgent({ admission: { allow: ['127.0.0.0/8'], invitesPerSecond: 1, burst: 2 } });
    const caller = await anAgent();
    for (const agent of [closed, slow]) agent.on('invite', (call) => call.reject(486));
    expect(await dial(caller, closed.address.port).next('ended')).toMatchObject({ status: 403 });
    const ends = [];
    for (let i = 0; i < 3; i += 1) ends.push(await dial(caller, slow.address.port).next('ended'));
    expect(ends.map((e) => e.status)).toEqual([486, 486, 503]);
    expect(ends[2]?.headers).toEqual({ 'Retry-After': '1' });
  });
});

describe('journal', () => {
  it('ends an answered leg that only a snapshot remembers', async () => {
    const [agent, successor, callee] = [await anAgent(), await anAgent(), await anAgent()];
    callee.on('invite', answerWithG711);
    const invited = callee.next('invite');
    await dial(agent, callee.address.port).next('answered');
    const inbound = await invited;
    const [snapshot] = agent.dialogs().snapshots;
    const stored = JSON.parse(JSON.stringify(snapshot)) as NonNullable<typeof snapshot>;
    const remoteEnd = inbound.next('ended');
    expect(await successor.endDialog(stored, { headers: { Reason: 'Q.850;cause=41' } })).toBe('confirmed');
    expect(await remoteEnd).toMatchObject({ by: 'remote', how: 'bye', q850: 41 });
    // Again: the far end says 481, which is just as good.
    expect(await successor.endDialog(stored)).toBe('confirmed');
  });

  it('ends an inbound leg from its snapshot', async () => {
    const [caller, agent, successor] = [await anAgent(), await anAgent(), await anAgent()];
    agent.on('invite', answerWithG711);
    const call = dial(caller, agent.address.port);
    await call.next('answered');
    const [snapshot] = agent.dialogs().snapshots;
    const ended = call.next('ended');
    expect(snapshot && (await successor.endDialog(snapshot))).toBe('confirmed');
    expect(await ended).toMatchObject({ by: 'remote', how: 'bye' });
  });

  it.each([
    ['still ringing: CANCEL', 487, 'confirmed'],
    ['answered meanwhile: ACK and BYE', 200, 'crossed'],
    ['nobody there', 0, 'unconfirmed'],
  ] as const)('ends an unanswered leg, %s', async (_, status, outcome) => {
    const [agent, successor, peer] = [await anAgent(), await anAgent(), await aPeer()];
    const call = dial(agent, peer.port);
    const invite = await peer.takeRequest('INVITE');
    peer.reply(invite, 180);
    await call.next('provisional');
    const snapshot = call.snapshot();
    const ending = snapshot && successor.endDialog(snapshot, { waitMs: status === 0 ? 60 : 1_000 });
    const cancel = await peer.takeRequest('CANCEL');
    expect(fieldsOf(cancel).branch).toBe(fieldsOf(invite).branch);
    if (status !== 0) {
      peer.reply(cancel, 200);
      // Answered where the CANCEL came from: the successor's socket.
      peer.reply(
        {
          ...invite,
          headers: invite.headers.map((h) =>
            h.name === 'Via' ? { ...h, value: headerValue(cancel.headers, 'via') ?? '' } : h,
          ),
        },
        status,
        { body: SDP },
      );
    }
    if (status === 200) peer.reply(await peer.takeRequest('BYE'), 200);
    expect(await ending).toBe(outcome);
  });
});

describe('binding', () => {
  it('says which port is taken', async () => {
    const agent = await anAgent();
    const second = createUserAgent({ bind: { host: '127.0.0.1', port: agent.address.port, transports: ['udp'] } });
    await expect(second.listen()).rejects.toThrow(`cannot bind SIP on 127.0.0.1:${agent.address.port}`);
    expect(() => second.address).toThrow('not listening');
  });

  it('advertises another address, and delays what the fault hook delays', async () => {
    const faults = (): { delayMs: number } => ({ delayMs: 5 });
    const [agent, peer] = [await anAgent({ advertise: { host: '192.0.2.1', port: 5999 }, faults }), await aPeer()];
    dial(agent, peer.port);
    const invite = await peer.takeRequest('INVITE');
    expect(headerValue(invite.headers, 'contact')).toBe('<sip:me@192.0.2.1:5999>');
    expect(fieldsOf(invite).via).toMatchObject({ host: '192.0.2.1', port: 5999 });
  });

  it('reports a transport it was not given', async () => {
    const agent = await anAgent({ bind: { host: '127.0.0.1', port: 0, transports: ['udp'] } });
    expect(await dial(agent, 9, { transport: 'tcp' }).next('ended')).toMatchObject({ by: 'error', how: 'transport' });
  });
});
