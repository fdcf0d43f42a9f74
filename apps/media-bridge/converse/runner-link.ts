import {
  agentVerbSchema,
  CORE_EVENTS,
  type AgentFrame,
  type AgentVerb,
  type AttachReply,
  type AttachRequest,
  type BridgeEvent,
  type BridgeFrame,
} from '@callplane/contracts';
import type { Clock } from './clock.ts';
import type { ReportFact } from './report-facts.ts';

export interface RunnerLinkDeps {
  readonly clock: Clock;
  readonly report: ReportFact;
  /** Puts a frame on the way to the api process that holds the runner's socket. */
  readonly publish: (frame: BridgeFrame) => void;
  readonly callStarted: (request: AttachRequest) => Record<string, unknown>;
  readonly roomId: string;
  readonly onVerb: (verb: AgentVerb) => void;
  /** The socket closed: nothing more of the turn it streamed will come. */
  readonly onGone: () => void;
  /** Resolves when everything the runner said has been played. */
  readonly playedOut: () => Promise<void>;
  readonly onBadFrame: (frame: Record<string, unknown>) => void;
}

/** A closed socket without `agent.end_call` is an end only when no redial follows within this time, ms. */
const REDIAL_MS = 1000;
/** The api process passes the handshake on first; nothing may overtake it, ms. */
const SETTLE_MS = 20;
/** Frames kept for a runner that is away. */
const KEPT_FRAMES = 50;
const CORE: ReadonlySet<string> = new Set(CORE_EVENTS);

type State =
  /** No socket; one may come. */
  | 'open'
  | 'attached'
  /** The runner closed its socket in an orderly way; its redial would mean that it failed. */
  | 'left'
  /** Its part is over: reported, and never taken again. */
  | 'ended'
  /** The call is over. */
  | 'closed';

/** The one socket of the call's runner, wherever its api process is: who may attach, and what its leaving means. */
export class RunnerLink {
  private readonly deps: RunnerLinkDeps;
  private state: State = 'open';
  private connectionId = '';
  private extensions: ReadonlySet<string> = new Set();
  private settled = false;
  private kept: BridgeEvent[] = [];
  private cancelRedialWait: (() => void) | undefined;
  /** It said `agent.end_call`: the report follows once the good-bye was played, and its socket no longer matters. */
  private endCallAsked = false;
  private endReported = false;

  constructor(deps: RunnerLinkDeps) {
    this.deps = deps;
  }

  get attached(): boolean {
    return this.state === 'attached';
  }

  attach(request: AttachRequest): AttachReply {
    switch (this.state) {
      case 'attached':
        return { ok: false, code: 4009, reason: 'already connected', holder: this.connectionId };
      case 'left':
        this.fail();
        return { ok: false, code: 4003, reason: 'the runner ended its session' };
      case 'ended':
      case 'closed':
        return { ok: false, code: 4003, reason: 'the call has ended' };
      case 'open':
        break;
    }
    this.state = 'attached';
    this.connectionId = request.connectionId;
    this.extensions = new Set(request.supportedEvents);
    this.settled = false;
    this.deps.clock.after(SETTLE_MS, () => this.settle(request.connectionId));
    this.deps.report('runner-attached', { workerId: request.workerId });
    return { ok: true, roomId: this.deps.roomId, started: this.deps.callStarted(request) };
  }

  /** What the api process relays, in order. Frames of a socket that is not the attached one are ignored. */
  take(message: AgentFrame): void {
    if (message.t === 'redialled') {
      if (this.state === 'left') this.fail();
      return;
    }
    if (this.state !== 'attached' || message.connectionId !== this.connectionId) return;
    if (message.t === 'closed') return this.gone(message.code);
    const verb = agentVerbSchema.safeParse(message.frame);
    if (!verb.success) return this.deps.onBadFrame(message.frame);
    if (verb.data.event === 'agent.end_call') this.endCallAsked = true;
    this.deps.onVerb(verb.data);
  }

  /** Extensions go only to clients that listed them. A core event waits for a runner that is away. */
  send(event: BridgeEvent): void {
    if (this.state === 'closed' || this.state === 'ended') return;
    if (this.state === 'attached' && this.settled) {
      if (CORE.has(event.event) || this.extensions.has(event.event)) this.publish(event);
    } else if (CORE.has(event.event) && event.event !== 'state') {
      this.kept = [...this.kept, event].slice(-KEPT_FRAMES);
    }
  }

  /** `agent.end_call` was carried out: the good-bye has been played. */
  reportEndCall(reason: string): void {
    if (this.state !== 'closed') this.reportEnd('end_call', reason);
  }

  /** The call is over: last frames, then the order to close. Later dials are refused. */
  close(last: BridgeEvent, reason: string): void {
    if (this.state === 'closed') return;
    this.cancelRedialWait?.();
    if (this.state === 'attached') {
      this.settle(this.connectionId);
      this.publish(last);
      this.deps.publish({ t: 'close', connectionId: this.connectionId, code: 1000, reason });
    }
    this.state = 'closed';
  }

  private gone(code: number): void {
    if (this.endCallAsked) {
      this.state = 'ended';
    } else if (code === 1000) {
      this.state = 'left';
      this.cancelRedialWait = this.deps.clock.after(REDIAL_MS, () => void this.leaveAfterPlayout());
    } else {
      this.state = 'open';
      this.deps.report('runner-detached', { code, willReturn: true });
    }
    this.deps.onGone();
  }

  private async leaveAfterPlayout(): Promise<void> {
    await this.deps.playedOut();
    if (this.state !== 'left') return;
    this.state = 'ended';
    this.reportEnd('closed');
  }

  private fail(): void {
    this.cancelRedialWait?.();
    this.state = 'ended';
    this.reportEnd('error');
  }

  private reportEnd(how: 'end_call' | 'closed' | 'error', reason?: string): void {
    if (this.endReported) return;
    this.endReported = true;
    this.deps.report('runner-ended', { how, ...(reason === undefined ? {} : { reason }) });
  }

  private settle(connectionId: string): void {
    if (this.settled || this.state !== 'attached' || this.connectionId !== connectionId) return;
    this.settled = true;
    for (const event of this.kept.splice(0)) this.publish(event);
  }

  private publish(frame: BridgeEvent): void {
    this.deps.publish({ t: 'frame', connectionId: this.connectionId, frame: { ...frame } });
  }
}
