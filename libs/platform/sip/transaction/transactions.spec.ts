import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SipPeer, SipTransport } from '../agent/api.ts';
import { responseTo } from '../message/print-message.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/sip-message.ts';
import { InviteClientTransaction, NonInviteClientTransaction } from './client-transactions.ts';
import { InviteServerTransaction, NonInviteServerTransaction } from './server-transactions.ts';
import { DEFAULT_TIMERS } from './timers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function request(method: string): SipRequest {
  const headers = [
    { name: 'Via', value: 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1' },
    { name: 'From', value: '<sip:a@b>;tag=1' },
    { name: 'To', value: '<sip:c@d>' },
    { name: 'Call-ID', value: 'x' },
    { name: 'CSeq', value: `1 ${method}` },
  ];
  return { kind: 'request', method, uri: 'sip:c@d', headers, body: '' };
}

/** Records when each message left, in milliseconds of the fake clock, and what the user heard. */
function bench(transport: SipTransport = 'udp') {
  const started = Date.now();
  const sent: { at: number; message: SipMessage; fail: (err: Error) => void }[] = [];
  const heard: string[] = [];
  const peer: SipPeer = { host: '127.0.0.1', port: 5060, transport };
  const context = {
    timers: DEFAULT_TIMERS,
    send: (message: SipMessage, _: SipPeer, fail: (err: Error) => void) =>
      void sent.push({ at: Date.now() - started, message, fail }),
    forget: () => void heard.push('gone'),
  };
  const handlers = {
    onResponse: (response: SipResponse) => void heard.push(String(response.status)),
    onTimeout: () => void heard.push('timeout'),
    onTransportError: (err: Error) => void heard.push(err.message),
  };
  return { sent, heard, peer, context, handlers, times: () => sent.map((s) => s.at) };
}

const reply = (method: string, status: number): SipResponse => responseTo(request(method), { status, toTag: 't' });

describe('INVITE client transaction', () => {
  it('repeats at Timer A and gives up at Timer B', () => {
    const { context, handlers, peer, times, heard } = bench();
    new InviteClientTransaction(request('INVITE'), peer, context, handlers).start();
    vi.advanceTimersByTime(40_000);
    expect(times()).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect(heard).toEqual(['gone', 'timeout']);
  });

  it('does not repeat over TCP, but times out all the same', () => {
    const { context, handlers, peer, times, heard } = bench('tcp');
    new InviteClientTransaction(request('INVITE'), peer, context, handlers).start();
    vi.advanceTimersByTime(32_000);
    expect([times(), heard]).toEqual([[0], ['gone', 'timeout']]);
  });

  it('rings as long as it takes after a provisional', () => {
    const { context, handlers, peer, sent, heard } = bench();
    const transaction = new InviteClientTransaction(request('INVITE'), peer, context, handlers);
    transaction.start();
    transaction.receive(reply('INVITE', 180));
    vi.advanceTimersByTime(600_000);
    expect([sent.length, heard, transaction.isOver]).toEqual([1, ['180'], false]);
  });

  it('acknowledges a refusal each time, tells it once, and goes after Timer D', () => {
    const { context, handlers, peer, sent, heard } = bench();
    const transaction = new InviteClientTransaction(request('INVITE'), peer, context, handlers);
    transaction.start();
    transaction.receive(reply('INVITE', 486));
    transaction.receive(reply('INVITE', 486));
    transaction.receive(reply('INVITE', 200));
    transaction.receive(reply('INVITE', 180));
    expect(sent.map((s) => s.message.kind === 'request' && s.message.method)).toEqual(['INVITE', 'ACK', 'ACK']);
    vi.advanceTimersByTime(31_999);
    expect(heard).toEqual(['486']);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(['486', 'gone']);
  });

  it('hands every 2xx to the user until Timer M', () => {
    const { context, handlers, peer, heard } = bench();
    const transaction = new InviteClientTransaction(request('INVITE'), peer, context, handlers);
    transaction.start();
    transaction.receive(reply('INVITE', 200));
    transaction.receive(reply('INVITE', 200));
    transaction.receive(reply('INVITE', 486));
    vi.advanceTimersByTime(32_000);
    expect(heard).toEqual(['200', '200', 'gone']);
  });

  it('reports a send that failed, once, and nothing after the end', () => {
    const { context, handlers, peer, heard, sent } = bench('tcp');
    const transaction = new InviteClientTransaction(request('INVITE'), peer, context, handlers);
    transaction.start();
    sent[0]?.fail(new Error('refused'));
    sent[0]?.fail(new Error('again'));
    transaction.receive(reply('INVITE', 200));
    expect(heard).toEqual(['gone', 'refused']);
  });

  it('is over at once after a refusal over TCP', () => {
    const { context, handlers, peer, heard } = bench('tcp');
    const transaction = new InviteClientTransaction(request('INVITE'), peer, context, handlers);
    transaction.start();
    transaction.receive(reply('INVITE', 603));
    expect(heard).toEqual(['gone', '603']);
  });
});

describe('non-INVITE client transaction', () => {
  it('repeats at Timer E up to T2 and gives up at Timer F', () => {
    const { context, handlers, peer, times, heard } = bench();
    new NonInviteClientTransaction(request('BYE'), peer, context, handlers).start();
    vi.advanceTimersByTime(40_000);
    expect(times()).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(heard).toEqual(['gone', 'timeout']);
  });

  it('repeats every T2 after a provisional', () => {
    const { context, handlers, peer, times } = bench();
    const transaction = new NonInviteClientTransaction(request('BYE'), peer, context, handlers);
    transaction.start();
    transaction.receive(reply('BYE', 100));
    vi.advanceTimersByTime(9_000);
    expect(times()).toEqual([0, 500, 4_500, 8_500]);
  });

  it('tells the final answer once and goes after Timer K', () => {
    const { context, handlers, peer, heard } = bench();
    const transaction = new NonInviteClientTransaction(request('BYE'), peer, context, handlers);
    transaction.start();
    transaction.receive(reply('BYE', 200));
    transaction.receive(reply('BYE', 200));
    vi.advanceTimersByTime(5_000);
    expect(heard).toEqual(['200', 'gone']);
  });
});

describe('INVITE server transaction', () => {
  it('repeats a refusal at Timer G until the ACK, then waits Timer I', () => {
    const { context, peer, times, heard } = bench();
    const transaction = new InviteServerTransaction(request('INVITE'), peer, context);
    transaction.respond(reply('INVITE', 486));
    vi.advanceTimersByTime(4_000);
    expect(times()).toEqual([0, 500, 1_500, 3_500]);
    expect([transaction.acknowledge(), transaction.acknowledge()]).toEqual([true, true]);
    vi.advanceTimersByTime(5_000);
    expect([times().length, heard]).toEqual([4, ['gone']]);
  });

  it('gives up at Timer H when no ACK comes', () => {
    const { context, peer, times, heard } = bench();
    const transaction = new InviteServerTransaction(request('INVITE'), peer, context);
    transaction.respond(reply('INVITE', 486));
    vi.advanceTimersByTime(60_000);
    expect([times().at(-1), heard]).toEqual([31_500, ['gone']]);
  });

  it('answers repeats with the last provisional, and none after a 2xx', () => {
    const { context, peer, sent } = bench();
    const transaction = new InviteServerTransaction(request('INVITE'), peer, context);
    transaction.repeat();
    transaction.respond(reply('INVITE', 180));
    transaction.repeat();
    transaction.respond(reply('INVITE', 200));
    transaction.repeat();
    transaction.respond(reply('INVITE', 180));
    transaction.respond(reply('INVITE', 486));
    transaction.respond(reply('INVITE', 200));
    expect(sent.map((s) => s.message.kind === 'response' && s.message.status)).toEqual([180, 180, 200, 200]);
    expect([transaction.isPending, transaction.acknowledge()]).toEqual([false, false]);
  });
});

describe('non-INVITE server transaction', () => {
  it('repeats its answer on demand until Timer J', () => {
    const { context, peer, sent, heard } = bench();
    const transaction = new NonInviteServerTransaction(request('BYE'), peer, context);
    transaction.repeat();
    transaction.respond(reply('BYE', 100));
    transaction.respond(reply('BYE', 200));
    transaction.respond(reply('BYE', 500));
    transaction.repeat();
    expect(sent.map((s) => s.message.kind === 'response' && s.message.status)).toEqual([100, 200, 200]);
    vi.advanceTimersByTime(32_000);
    expect(heard).toEqual(['gone']);
  });

  it('is over at once over TCP', () => {
    const { context, peer, heard } = bench('tcp');
    new NonInviteServerTransaction(request('BYE'), peer, context).respond(reply('BYE', 200));
    expect(heard).toEqual(['gone']);
  });
});
