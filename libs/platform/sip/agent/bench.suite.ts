import { answerOffer, createOffer, createUserAgent } from '../index.ts';
import type { InboundCall, OutboundCall, UserAgent, UserAgentOptions } from '../index.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { headerValue } from '../message/sip-message.ts';
import type { SipMessage, SipRequest } from '../message/sip-message.ts';
import { RawPeer } from './raw-peer.suite.ts';

const TIMERS = { t1: 60, t2: 240, t4: 200 };
/** An offer of ours. */
export const SDP = createOffer({ host: '127.0.0.1', port: 20_000 });
const open: (() => Promise<void> | void)[] = [];

/** Closes what the tests of a file opened, last first; give it to `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

/** A listening user agent with small timers. */
export async function anAgent(options: Partial<UserAgentOptions> = {}): Promise<UserAgent> {
  const bind = { host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'] } as const;
  const agent = createUserAgent({ bind, timers: TIMERS, ...options });
  await agent.listen();
  open.push(() => agent.close({ waitMs: 50 }));
  return agent;
}

/** A raw far end. */
export async function aPeer(): Promise<RawPeer> {
  const peer = await RawPeer.open();
  open.push(() => peer.close());
  return peer;
}

/** Calls 123 at that port. */
export function dial(agent: UserAgent, port: number, extra: object = {}): OutboundCall {
  return agent.invite({ target: `sip:123@127.0.0.1:${port}`, from: 'sip:me@127.0.0.1', sdp: SDP, ...extra });
}

/** The usual callee. */
export function answerWithG711(call: InboundCall): void {
  const answer = answerOffer(call.sdp, { host: '127.0.0.1', port: 20_002 });
  if (answer.ok) call.answer(answer.sdp);
}

/** Resolves once the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A raw caller's INVITE towards the agent. */
export function inviteFrom(
  peer: RawPeer,
  agent: UserAgent,
  extra: Partial<Parameters<RawPeer['request']>[1]> = {},
): SipRequest {
  const uri = `sip:123@127.0.0.1:${agent.address.port}`;
  const base = {
    uri,
    from: '<sip:caller@127.0.0.1>;tag=caller',
    to: `<${uri}>`,
    callId: `c${Math.random()}`,
    cseq: 1,
    body: SDP,
  };
  return peer.request('INVITE', { ...base, ...extra });
}

/** A request of the raw peer inside the dialog of `reply`. */
export function inside(
  peer: RawPeer,
  agent: UserAgent,
  method: string,
  reply: SipMessage,
  cseq: number,
  body = '',
): SipRequest {
  const { callId } = fieldsOf(reply);
  const uri = `sip:123@127.0.0.1:${agent.address.port}`;
  const from = headerValue(reply.headers, 'from') ?? '';
  return peer.request(method, { uri, from, to: headerValue(reply.headers, 'to') ?? '', callId, cseq, body });
}
