import { afterEach, describe, expect, it } from 'vitest';
import { printMessage } from '../message/print-message.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { headerValue } from '../message/sip-message.ts';
import type { SipRequest } from '../message/sip-message.ts';
import { anAgent, answerWithG711, aPeer, closeAll, dial, inside, inviteFrom, SDP, until } from './bench.suite.ts';

afterEach(closeAll);

describe('two user agents', () => {
  it.each(['udp', 'tcp'] as const)('talk over %s and hang up', async (transport) => {
    const [caller, callee] = [await anAgent({ userAgentName: 'a' }), await anAgent()];
    callee.on('invite', (call) => {
      call.ring();
      call.progress(SDP);
      answerWithG711(call);
    });
    const invited = callee.next('invite');
    const call = dial(caller, callee.address.port, {
      transport,
      headers: { 'X-Tenant': 'acme' },
      from: '"Ann" <sip:+15550100099@127.0.0.1>',
    });
    const early = call.next('provisional');
    await call.next('answered');
    expect(await early).toMatchObject({ status: 180 });
    const inbound = await invited;
    expect(inbound).toMatchObject({
      dialled: '123',
      from: { user: '+15550100099', displayName: 'Ann' },
      source: { transport },
    });
    expect(inbound.headers['x-tenant']).toBe('acme');
    expect([caller.dialogs().count, callee.dialogs().count, call.state, inbound.state]).toEqual([1, 1, 'talk', 'talk']);
    const remoteEnd = inbound.next('ended');
    expect(await call.bye({ headers: { Reason: 'Q.850;cause=16' } })).toBe('confirmed');
    expect(await remoteEnd).toMatchObject({
      by: 'remote',
      phase: 'talk',
      how: 'bye',
      q850: 16,
      headers: { Reason: 'Q.850;cause=16' },
    });
    expect(call.end).toMatchObject({ by: 'local', how: 'bye', confirmed: true });
    expect(await call.bye()).toBe('already_ended');
    expect([caller.dialogs().count, callee.dialogs().count]).toEqual([0, 0]);
  });

  it('survive a listener that throws', async () => {
    const errors: unknown[] = [];
    const quiet = (): void => undefined;
    const log = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => void errors.push(fields) };
    const [caller, callee] = [await anAgent(), await anAgent({ log })];
    callee.on('invite', () => {
      throw new Error('bug of the owner');
    });
    callee.on('invite', (call) => call.reject(486));
    expect(await dial(caller, callee.address.port).next('ended')).toMatchObject({ status: 486 });
    expect(errors).toHaveLength(1);
  });

  it('refuse with 480 when nobody listens, and end live calls on close', async () => {
    const [caller, callee] = [await anAgent(), await anAgent()];
    expect(await dial(caller, callee.address.port).next('ended')).toMatchObject({ by: 'remote', status: 480 });
    callee.on('invite', (call) => (call.headers['x-ring'] === undefined ? answerWithG711(call) : call.ring()));
    const talking = dial(caller, callee.address.port);
    const ringing = dial(caller, callee.address.port, { headers: { 'X-Ring': '1' } });
    await Promise.all([talking.next('answered'), ringing.next('provisional')]);
    const ends = Promise.all([talking.next('ended'), ringing.next('ended')]);
    await callee.close();
    expect(await ends).toMatchObject([
      { by: 'remote', how: 'bye' },
      { by: 'remote', how: 'response', status: 503 },
    ]);
  });

  it('hand the description of the far end over with the answer', async () => {
    const [caller, callee] = [await anAgent(), await anAgent()];
    callee.on('invite', answerWithG711);
    await expect(dial(caller, callee.address.port).next('answered')).resolves.toMatchObject({
      sdp: expect.stringContaining('20002'),
    });
  });

  it('both hang up at once: each ends once', async () => {
    const [caller, callee] = [await anAgent(), await anAgent()];
    callee.on('invite', answerWithG711);
    const invited = callee.next('invite');
    const call = dial(caller, callee.address.port);
    await call.next('answered');
    const inbound = await invited;
    await until(() => inbound.state === 'talk');
    expect(await Promise.all([call.bye(), inbound.bye()])).toEqual(['confirmed', 'confirmed']);
    expect([call.end?.by, inbound.end?.by]).toEqual(['local', 'local']);
  });
});

describe('outbound against a raw peer', () => {
  it('acknowledges and ends a forked 200, and repeats the ACK of a repeated 200', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    const call = dial(agent, peer.port);
    const invite = await peer.takeRequest('INVITE');
    peer.reply(invite, 200, { tag: 'one', body: SDP });
    await call.next('answered');
    peer.reply(invite, 200, { tag: 'one', body: SDP });
    peer.reply(invite, 200, { tag: 'two', body: SDP });
    peer.reply(invite, 200, { tag: 'two', body: SDP });
    const bye = await peer.takeRequest('BYE');
    peer.reply(bye, 200);
    expect(fieldsOf(bye).toTag).toBe('two');
    await until(() => peer.countRequests('ACK') >= 4);
    expect(peer.countRequests('BYE')).toBe(0);
    expect(call.state).toBe('talk');
  });

  it('tries again when only the nonce was stale, and not a third time', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    const call = dial(agent, peer.port, { credentials: { username: 'u', password: 'p' } });
    for (const stale of ['', ', stale=true', ', stale=true']) {
      const value = `Digest realm="r", nonce="n${stale.length}", algorithm=SHA-256, qop="auth"${stale}`;
      peer.reply(await peer.takeRequest('INVITE'), 401, { headers: [{ name: 'WWW-Authenticate', value }] });
      await peer.takeRequest('ACK');
    }
    expect(await (call.end ?? call.next('ended'))).toMatchObject({ by: 'remote', status: 401, challenged: true });
  });

  it('answers a challenged BYE', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    const call = dial(agent, peer.port, { credentials: { username: 'u', password: 'p' } });
    peer.reply(await peer.takeRequest('INVITE'), 200, { body: SDP });
    await call.next('answered');
    const outcome = call.bye({ waitMs: 1_000 });
    const challenge = { name: 'Proxy-Authenticate', value: 'Digest realm="r", nonce="n"' };
    peer.reply(await peer.takeRequest('BYE'), 407, { headers: [challenge] });
    const again = await peer.take(
      (m) => m.kind === 'request' && headerValue(m.headers, 'proxy-authorization') !== undefined,
    );
    peer.reply(again as SipRequest, 200);
    expect(await outcome).toBe('confirmed');
  });

  it('sends no CANCEL before a provisional, and gives up waiting in time', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    const call = dial(agent, peer.port);
    const invite = await peer.takeRequest('INVITE');
    const ended = call.next('ended');
    expect(await call.cancel({ waitMs: 60 })).toBe('unconfirmed');
    expect(await ended).toMatchObject({ by: 'local', how: 'cancel', confirmed: false });
    expect(peer.countRequests('CANCEL')).toBe(0);
    peer.reply(invite, 180);
    peer.reply(await peer.takeRequest('CANCEL'), 200);
    peer.reply(invite, 200, { body: SDP });
    await peer.takeRequest('ACK');
    peer.reply(await peer.takeRequest('BYE'), 200);
  });

  it('drops the INVITE when a CANCEL is never followed by an answer', async () => {
    const [agent, peer] = [await anAgent({ timers: { t1: 4, t2: 16, t4: 20 } }), await aPeer()];
    const call = dial(agent, peer.port);
    peer.reply(await peer.takeRequest('INVITE'), 180);
    await call.next('provisional');
    const outcome = call.bye({ waitMs: 5_000 });
    peer.reply(await peer.takeRequest('CANCEL'), 200);
    expect(await outcome).toBe('unconfirmed');
    await until(() => agent.transactions() === 0);
  });

  it('acknowledges and ends an answer that comes after Timer B', async () => {
    const [agent, peer] = [await anAgent({ timers: { t1: 4, t2: 16, t4: 20 } }), await aPeer()];
    const call = dial(agent, peer.port);
    const ended = call.next('ended');
    const invite = await peer.takeRequest('INVITE');
    expect(await ended).toMatchObject({ by: 'error', phase: 'setup', how: 'timeout' });
    peer.reply(invite, 200, { body: SDP });
    await peer.takeRequest('ACK');
    peer.reply(await peer.takeRequest('BYE'), 200);
    peer.reply(
      { ...invite, headers: invite.headers.map((h) => (h.name === 'Call-ID' ? { ...h, value: 'unknown' } : h)) },
      200,
    );
    expect(call.end).toMatchObject({ how: 'timeout' });
  });

  it('says unconfirmed when the BYE is never answered', async () => {
    const [agent, peer] = [await anAgent({ timers: { t1: 4, t2: 16, t4: 20 } }), await aPeer()];
    const call = dial(agent, peer.port);
    peer.reply(await peer.takeRequest('INVITE'), 200, { body: SDP });
    await call.next('answered');
    expect(await call.bye()).toBe('unconfirmed');
    expect(call.end).toMatchObject({ by: 'local', how: 'bye', confirmed: false });
  });

  it('follows record-route, strict routers too, and refuses strangers and stale requests', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    const call = dial(agent, peer.port);
    const invite = await peer.takeRequest('INVITE');
    const strict = [{ name: 'Record-Route', value: `<sip:127.0.0.1:${peer.port}>` }];
    peer.reply(invite, 200, { body: SDP, headers: strict });
    await call.next('answered');
    const ack = await peer.takeRequest('ACK');
    expect([ack.uri, headerValue(ack.headers, 'route')]).toEqual([
      `sip:127.0.0.1:${peer.port}`,
      `<sip:peer@127.0.0.1:${peer.port}>`,
    ]);
    const swapped = {
      from: `${headerValue(ack.headers, 'to')}`,
      to: `${headerValue(ack.headers, 'from')}`,
      callId: call.callId,
      uri: 'sip:me@127.0.0.1',
    };
    peer.send(peer.request('BYE', { ...swapped, from: '<sip:x@y>;tag=stranger', cseq: 9 }));
    await peer.takeResponse(481, 'BYE');
    peer.send(peer.request('OPTIONS', { ...swapped, cseq: 20 }));
    await peer.takeResponse(200, 'OPTIONS');
    peer.send(peer.request('BYE', { ...swapped, cseq: 3 }));
    await peer.takeResponse(500, 'BYE');
    peer.send(peer.request('INFO', { ...swapped, cseq: 21 }));
    await peer.takeResponse(405, 'INFO');
    peer.send(peer.request('INVITE', { ...swapped, cseq: 22 }));
    const offer = await peer.takeResponse(200, 'INVITE');
    expect(offer.body).toBe(SDP);
    peer.send(peer.request('INVITE', { ...swapped, cseq: 23, body: SDP }));
    await peer.takeResponse(491, 'INVITE');
    const renegotiated = call.next('renegotiated');
    peer.send(peer.request('ACK', { ...swapped, cseq: 22, body: SDP }));
    expect(await renegotiated).toMatchObject({ sdp: SDP });
    call.answerRenegotiationWith(() => undefined);
    peer.send(peer.request('INVITE', { ...swapped, cseq: 24, body: SDP }));
    await peer.takeResponse(488, 'INVITE');
  });

  it('refuses a target that is no SIP URI', async () => {
    const agent = await anAgent();
    for (const target of ['tel:+1555', 'nonsense', 'sips:a@b']) {
      expect(() => agent.invite({ target, from: 'sip:a@b', sdp: SDP })).toThrow('SIP URIs');
    }
  });
});

describe('inbound from a raw peer', () => {
  it('ends a call whose 200 is never acknowledged', async () => {
    const [agent, peer] = [await anAgent({ timers: { t1: 4, t2: 16, t4: 20 } }), await aPeer()];
    agent.on('invite', answerWithG711);
    const invited = agent.next('invite');
    peer.send(inviteFrom(peer, agent), agent.address.port);
    const call = await invited;
    expect(await call.next('ended')).toMatchObject({ by: 'error', phase: 'talk', how: 'timeout', reason: 'no ACK' });
    peer.reply(await peer.takeRequest('BYE'), 200);
  });

  it('waits for the ACK before its own BYE', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    agent.on('invite', answerWithG711);
    const invited = agent.next('invite');
    peer.send(inviteFrom(peer, agent), agent.address.port);
    const call = await invited;
    const outcome = call.bye({ waitMs: 30 });
    const ok = await peer.takeResponse(200, 'INVITE');
    expect(await outcome).toBe('unconfirmed');
    expect(peer.countRequests('BYE')).toBe(0);
    peer.send(inside(peer, agent, 'ACK', ok, 1));
    peer.reply(await peer.takeRequest('BYE'), 200);
  });

  it('takes a BYE for an unanswered call, and refuses late decisions', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    const invited = agent.next('invite');
    agent.on('invite', (call) => call.ring());
    peer.send(inviteFrom(peer, agent), agent.address.port);
    const call = await invited;
    const ended = call.next('ended');
    peer.send(inside(peer, agent, 'BYE', await peer.takeResponse(180), 2));
    await peer.takeResponse(200, 'BYE');
    await peer.takeResponse(487, 'INVITE');
    expect(await ended).toMatchObject({ by: 'remote', phase: 'setup', how: 'bye' });
    expect([call.answer(SDP), call.reject(486), call.snapshot()]).toEqual([false, false, undefined]);
  });

  it('gives the answer of an INVITE without offer with the ACK', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    agent.on('invite', (call) => call.answer(SDP));
    const invited = agent.next('invite');
    peer.send(inviteFrom(peer, agent, { body: '' }), agent.address.port);
    const call = await invited;
    const acked = call.next('acked');
    peer.send(inside(peer, agent, 'ACK', await peer.takeResponse(200), 1, SDP));
    expect(await acked).toEqual({ sdp: SDP });
  });

  it('refuses what it must refuse', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    agent.on('invite', (call) => call.ring());
    const { port } = agent.address;
    const uri = `sip:123@127.0.0.1:${port}`;
    const dead = { uri, from: '<sip:a@b>;tag=1', to: `<${uri}>;tag=gone`, callId: 'dead', cseq: 2 };
    for (const method of ['INVITE', 'BYE', 'OPTIONS']) {
      peer.send(peer.request(method, dead), port);
      await peer.takeResponse(481, method);
    }
    peer.send(peer.request('CANCEL', { ...dead, to: `<${uri}>` }), port);
    await peer.takeResponse(481, 'CANCEL');
    peer.send(peer.request('BYE', { ...dead, to: `<${uri}>` }), port);
    await peer.takeResponse(481, 'BYE');
    peer.send(inviteFrom(peer, agent, { uri: 'http://x' }), port);
    await peer.takeResponse(416);
    peer.send(inviteFrom(peer, agent, { headers: [{ name: 'Max-Forwards', value: '0' }] }), port);
    await peer.takeResponse(483);
    peer.send(
      inviteFrom(peer, agent, { uri: 'tel:+15550100001', to: '<tel:+15550100001>', branch: 'old-style' }),
      port,
    );
    await peer.takeResponse(180);
  });

  it('handles thousands of mutated INVITEs without a single internal error', async () => {
    const errors: object[] = [];
    const quiet = (): void => undefined;
    const log = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => void errors.push(fields) };
    const admission = { invitesPerSecond: 1e6, burst: 1e6 };
    const agent = await anAgent({ log, admission, timers: { t1: 1, t2: 4, t4: 5 } });
    const [noise, peer] = [await aPeer(), await aPeer()];
    noise.ignoreEverything();
    const uri = `sip:127.0.0.1:${agent.address.port}`;
    let calls = 0;
    agent.on('invite', (call) => {
      calls += 1;
      call.ring();
      call.reject(486);
    });
    for (let i = 0; i < 1_500; i += 1) {
      const bytes = printMessage(inviteFrom(noise, agent, { callId: `fuzz-${i}` }));
      for (let edits = i % 4; edits >= 0; edits -= 1)
        bytes[(i * 7_919 + edits * 104_729) % bytes.length] = (i * 31 + edits * 17) % 256;
      noise.sendBytes(bytes, agent.address.port);
      if (i % 30 !== 0) continue;
      // The agent has caught up when it answers this.
      peer.send(
        peer.request('OPTIONS', { uri, from: '<sip:a@b>;tag=1', to: `<${uri}>`, callId: `o${i}`, cseq: 1 }),
        agent.address.port,
      );
      await peer.takeResponse(200, 'OPTIONS');
    }
    expect([errors, calls > 200]).toEqual([[], true]);
  });

  it('stays alive on rubbish', async () => {
    const [agent, peer] = [await anAgent(), await aPeer()];
    const { port } = agent.address;
    for (const text of ['', '\r\n\r\n', 'x'.repeat(9_000), 'INVITE tel:+1 SIP/2.0\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n'])
      peer.sendBytes(Buffer.from(text), port);
    const uri = `sip:127.0.0.1:${port}`;
    peer.send(peer.request('OPTIONS', { uri, from: '<sip:a@b>;tag=1', to: `<${uri}>`, callId: 'o', cseq: 1 }), port);
    await peer.takeResponse(200, 'OPTIONS');
  });
});
