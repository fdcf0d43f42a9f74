import {
  agentFrameSubject,
  bridgeFrameSubject,
  CLOSE_CODES,
  type AgentFrame,
  type AttachReply,
  type AttachRequest,
  type BridgeFrame,
  type HelloFrame,
} from '@callplane/contracts';
import type { BusSubscription, NatsBus } from '@callplane/messaging';
import { newId, type CallStore } from '@callplane/persistence';
import { NODE_ID } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import type { WebSocket } from 'ws';
import { closeSocket, frameText } from '../socket-server.ts';
import { attachRunner } from './attach-runner.ts';
import { FrameBudget } from './frame-budget.ts';
import { helloAck, maySend, negotiate, readHello, type Negotiated } from './negotiate.ts';
import { answerProbes, isHolderAlive } from './probe-holder.ts';
import { readVerb } from './read-verb.ts';
import { verifyDial } from './verify-dial.ts';

const HELLO_WITHIN_MS = 10_000;
const FRAMES_PER_SECOND = 10_000;
/** Bytes that may wait for a runner that reads too slowly. */
const MAX_BUFFERED = 4 * 1024 * 1024;
/** Frames a runner may send between its `hello` and our answer; it has no reason to send any. */
const MAX_EARLY_FRAMES = 1000;
const TRY_AGAIN_LATER = 1013;
/** Our SDK closes with it when the agent's code failed. */
const AGENT_FAILED = 1011;

export interface RunnerLinkDeps {
  bus: NatsBus;
  calls: CallStore;
  secret: string;
  log: Logger;
}

/** One runner's bridge socket: checked, offered to the bridge of its call, then relayed both ways until either side closes. */
export class RunnerLink {
  readonly callId: string;
  readonly connectionId = newId('con');
  readonly socket: WebSocket;
  private readonly deps: RunnerLinkDeps;
  private readonly budget = new FrameBudget(FRAMES_PER_SECOND);
  private readonly early: string[] = [];
  private readonly held: BridgeFrame[] = [];
  private hello: ((text: string) => void) | undefined;
  private negotiated: Negotiated | undefined;
  private subscription: BusSubscription | undefined;
  private probes: BusSubscription | undefined;
  private live = false;

  constructor(socket: WebSocket, callId: string, token: string, deps: RunnerLinkDeps) {
    this.socket = socket;
    this.callId = callId;
    this.deps = deps;
    socket.on('message', (data) => this.receive(frameText(data)));
    socket.on('close', (code, reason) => this.closed(code, reason.toString('utf8')));
    void this.open(token);
  }

  /** Ends the link of a call that is over while its bridge said nothing: the last `state` tells the runner why. */
  endCall(status: string, endReason: string): void {
    if (this.live)
      this.send({ event: 'state', state: 'idle', turn_id: 0, call_id: this.callId, status, end_reason: endReason });
    this.close(CLOSE_CODES.ended, endReason);
  }

  private async open(token: string): Promise<void> {
    try {
      const [check, hello] = await Promise.all([this.verify(token), this.awaitHello()]);
      if (check === undefined || hello === undefined) return;
      await this.attach(check, hello);
    } catch (error) {
      this.deps.log.warn({ err: error, call_id: this.callId }, 'relay.failed');
      this.close(TRY_AGAIN_LATER, 'temporary failure, try again');
    }
  }

  private async verify(token: string): Promise<{ jobId: string; workerId: string } | undefined> {
    const check = await verifyDial(this.deps.calls, this.deps.secret, this.callId, token);
    if (check.ok) return { jobId: check.jobId, workerId: check.call.workerId ?? '' };
    this.refuse(check.code, check.reason);
    return undefined;
  }

  private awaitHello(): Promise<HelloFrame | undefined> {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.refuse(CLOSE_CODES.badFrame, 'no hello within 10 s'), HELLO_WITHIN_MS);
      const settle = (hello: HelloFrame | undefined): void => {
        clearTimeout(late);
        this.hello = undefined;
        resolve(hello);
      };
      this.hello = (text) => {
        const hello = readHello(text);
        if (hello === undefined) this.refuse(CLOSE_CODES.badFrame, 'the first frame must be hello');
        settle(hello);
      };
      this.socket.once('close', () => settle(undefined));
    });
  }

  private async attach(job: { jobId: string; workerId: string }, hello: HelloFrame): Promise<void> {
    if (!this.isOpen()) return;
    const negotiated = negotiate(hello);
    this.negotiated = negotiated;
    // Before the bridge knows of this socket: it may speak right after its answer.
    this.subscription = this.deps.bus.subscribeJson(bridgeFrameSubject(this.callId), (value) =>
      this.fromBridge(value as BridgeFrame),
    );
    const { connectionId } = this;
    const request = { connectionId, gateway: NODE_ID, ...job };
    const supported = { supportedEvents: negotiated.events, supportedVerbs: negotiated.verbs };
    const reply = await this.askForPlace({ ...request, ...supported });
    // A socket that closed while the bridge was asked has been reported closed, but maybe before the bridge had taken it.
    if (!this.isOpen()) return this.report({ t: 'closed', connectionId, code: 1006, reason: 'closed while attaching' });
    if (!reply.ok) return this.refuse(reply.code, reply.reason);
    this.start(reply, job.jobId, negotiated);
  }

  /** A bridge that believes in a socket which died with its process, or with its network, is told so and asked again. */
  private async askForPlace(request: AttachRequest): Promise<AttachReply> {
    const ask = (): Promise<AttachReply> => attachRunner(this.deps, this.callId, request, () => this.isOpen());
    const reply = await ask();
    if (reply.ok || reply.holder === undefined || (await isHolderAlive(this.deps.bus, reply.holder))) return reply;
    this.deps.log.info({ call_id: this.callId, connection_id: reply.holder }, 'relay.dead_holder_released');
    this.report({ t: 'closed', connectionId: reply.holder, code: 1006, reason: 'the socket is dead' });
    return ask();
  }

  private start(reply: Extract<AttachReply, { ok: true }>, jobId: string, negotiated: Negotiated): void {
    this.send(helloAck(this.callId, jobId, reply.roomId, negotiated));
    this.send(reply.started);
    this.live = true;
    this.probes = answerProbes(this.deps.bus, this.connectionId, this.socket);
    this.deps.log.info({ call_id: this.callId, connection_id: this.connectionId, job_id: jobId }, 'relay.attached');
    for (const text of this.early.splice(0)) this.relay(text);
    for (const frame of this.held.splice(0)) this.fromBridge(frame);
  }

  private receive(text: string): void {
    if (!this.isOpen()) return;
    if (!this.budget.take(performance.now())) return this.close(CLOSE_CODES.tooBig, 'too many frames');
    if (this.hello !== undefined) return this.hello(text);
    if (this.live) return this.relay(text);
    if (this.early.push(text) > MAX_EARLY_FRAMES) this.close(CLOSE_CODES.tooBig, 'frames before call.started');
  }

  private relay(text: string): void {
    const reading = readVerb(text);
    if (!reading.ok) {
      this.deps.log.info({ call_id: this.callId, why: reading.why, chars: text.length }, 'relay.frame_ignored');
      return;
    }
    for (const frame of reading.frames) this.report({ t: 'frame', connectionId: this.connectionId, frame });
  }

  private fromBridge(message: BridgeFrame): void {
    if (message.connectionId !== this.connectionId) return;
    if (!this.live) {
      this.held.push(message);
      return;
    }
    if (message.t === 'close') return this.close(message.code, message.reason);
    if (this.negotiated !== undefined && maySend(message.frame['event'], this.negotiated)) this.send(message.frame);
  }

  private send(frame: object): void {
    if (!this.isOpen()) return;
    if (this.socket.bufferedAmount > MAX_BUFFERED) return this.close(TRY_AGAIN_LATER, 'the runner reads too slowly');
    this.socket.send(JSON.stringify(frame));
  }

  private report(frame: AgentFrame): void {
    this.deps.bus.publishJson(agentFrameSubject(this.callId), frame);
  }

  private refuse(code: number, reason: string): void {
    if (this.isOpen()) this.deps.log.info({ call_id: this.callId, code, reason }, 'relay.refused');
    this.close(code, reason);
  }

  private close(code: number, reason: string): void {
    closeSocket(this.socket, code, reason);
  }

  private closed(code: number, reason: string): void {
    this.subscription?.unsubscribe();
    this.probes?.unsubscribe();
    // Without a subscription the bridge was never asked, so it has nothing to forget.
    if (this.subscription === undefined) return;
    const { connectionId } = this;
    if (code === AGENT_FAILED) {
      // What the Python SDK says by closing 1000 and dialling again at once: its entrypoint raised.
      this.report({ t: 'closed', connectionId, code: CLOSE_CODES.ended, reason });
      this.report({ t: 'redialled', connectionId });
    } else this.report({ t: 'closed', connectionId, code, reason });
    this.deps.log.info({ call_id: this.callId, connection_id: connectionId, code, reason }, 'relay.closed');
  }

  private isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }
}
