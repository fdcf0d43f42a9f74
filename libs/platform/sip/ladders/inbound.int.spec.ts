import { beforeAll, describe, expect, it } from 'vitest';
import { answerOffer, createUserAgent } from '../index.ts';
import type { FaultHook, InboundCall, LegEnd, SipMessage, SipTransport } from '../index.ts';
import { requireSipp, startSipp } from './run-sipp.suite.ts';

/** Quick repeats, and a Timer H (64 * T1) that a busy machine does not reach. */
const TIMERS = { t1: 200, t2: 800, t4: 500 };

interface Ladder {
  readonly name: string;
  readonly scenario: string;
  readonly transport?: SipTransport;
  readonly faults?: FaultHook;
  readonly drive: (call: InboundCall) => void;
  /** Absent: no call may come of it. */
  readonly end?: Partial<LegEnd>;
  readonly events?: readonly string[];
}

function isFinal(message: SipMessage, status: number): boolean {
  return (
    message.kind === 'response' && message.status === status && message.headers.some((h) => h.value.endsWith(' INVITE'))
  );
}

function loseOut(status: number, count: number): FaultHook {
  let left = count;
  return (way, message) => (way === 'out' && isFinal(message, status) && left-- > 0 ? 'drop' : 'pass');
}

function loseAcks(count: number): FaultHook {
  let left = count;
  return (way, message) =>
    way === 'in' && message.kind === 'request' && message.method === 'ACK' && left-- > 0 ? 'drop' : 'pass';
}

function accept(call: InboundCall): void {
  const answer = answerOffer(call.sdp, { host: '127.0.0.1', port: 20_000 });
  if (!answer.ok) throw new Error(answer.problem);
  call.ring();
  expect(call.answer(answer.sdp)).toBe(true);
}

const theirBye: Partial<LegEnd> = { by: 'remote', phase: 'talk', how: 'bye' };
const hangUpWhenAcked = (call: InboundCall): void => {
  accept(call);
  call.on('acked', () => void call.bye({ waitMs: 10_000 }));
};
const refuse = (call: InboundCall): void => void call.reject(486, undefined, { 'X-Why': 'test' });

const LADDERS: readonly Ladder[] = [
  {
    name: 'answered, their BYE',
    scenario: 'uac-call-then-bye',
    drive: accept,
    end: { ...theirBye, q850: 16 },
    events: ['acked'],
  },
  {
    name: 'answered, our BYE',
    scenario: 'uac-wait-for-bye',
    drive: hangUpWhenAcked,
    end: { by: 'local', how: 'bye', confirmed: true },
  },
  {
    name: 'cancelled while ringing: 487',
    scenario: 'uac-cancel',
    drive: (call) => call.ring(),
    end: { by: 'remote', phase: 'setup', how: 'cancel' },
    events: ['cancelled'],
  },
  {
    name: 'refused with 486',
    scenario: 'uac-expect-refusal',
    drive: refuse,
    end: { by: 'local', how: 'response', status: 486 },
  },
  {
    name: 'refused with 486, the 486 lost',
    scenario: 'uac-expect-refusal',
    faults: loseOut(486, 1),
    drive: refuse,
    end: { by: 'local', how: 'response', status: 486 },
  },
  {
    name: '200 lost',
    scenario: 'uac-call-then-bye',
    faults: loseOut(200, 1),
    drive: accept,
    end: theirBye,
    events: ['acked'],
  },
  { name: 'ACK lost twice', scenario: 'uac-call-then-bye', faults: loseAcks(2), drive: accept, end: theirBye },
  {
    name: 're-INVITE with hold',
    scenario: 'uac-reinvite',
    drive: accept,
    end: theirBye,
    events: ['acked', 'renegotiated'],
  },
  { name: 'OPTIONS', scenario: 'uac-options', drive: () => undefined },
  { name: 'unknown method: 405', scenario: 'uac-unknown-method', drive: () => undefined },
  { name: 'required extension: 420', scenario: 'uac-require', drive: () => undefined },
  { name: 'TCP: answered, their BYE', scenario: 'uac-call-then-bye', transport: 'tcp', drive: accept, end: theirBye },
];

async function climb(ladder: Ladder): Promise<void> {
  const agent = createUserAgent({
    bind: { host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'] },
    timers: TIMERS,
    ...(ladder.faults === undefined ? {} : { faults: ladder.faults }),
  });
  const { port } = await agent.listen();
  const calls: InboundCall[] = [];
  const events: string[] = [];
  const ended = new Promise<LegEnd>((resolve) => {
    agent.on('invite', (call) => {
      calls.push(call);
      call.on('acked', () => events.push('acked'));
      call.on('cancelled', () => events.push('cancelled'));
      call.on('renegotiated', () => events.push('renegotiated'));
      call.on('ended', resolve);
      ladder.drive(call);
    });
  });
  const transport = ladder.transport ?? 'udp';
  const sipp = await startSipp({ scenario: ladder.scenario, transport, target: `127.0.0.1:${port}` });
  await sipp.passed;
  expect(calls).toHaveLength(ladder.end ? 1 : 0);
  if (ladder.end) {
    expect(await ended).toMatchObject(ladder.end);
    expect(calls[0]?.dialled).toBe('+15550100001');
  }
  if (ladder.events) expect(events).toEqual(ladder.events);
  expect(agent.dialogs().count).toBe(0);
  await agent.close();
}

describe.concurrent('inbound ladders against sipp', () => {
  beforeAll(requireSipp);
  it.each(LADDERS.map((ladder) => [ladder.name, ladder] as const))('%s', async (_, ladder) => climb(ladder));
});
