import { createOffer, createUserAgent, openRtpSession } from '@callplane/sip';
import type { InboundCall, SipLog, UserAgent } from '@callplane/sip';
import { behaviourFor, DEFAULT_NUMBER, stepsAfterAnswer } from './behaviours.ts';
import type { Step } from './behaviours.ts';
import { CallBook } from './call-book.ts';
import type { CallEntry } from './call-book.ts';
import { AnsweringCall, DialledCall } from './phone-call.ts';
import type { PhoneTools } from './phone-call.ts';
import { playBehaviour } from './play-behaviour.ts';
import type { Recordings } from './recordings.ts';

/** How to run a phone; see `test-phone.config.ts` for the program. */
export interface TestPhoneOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly sipPort: number;
  readonly recordings: Recordings;
  readonly recordDir?: string | undefined;
  readonly log: SipLog;
}

/** One call to place. */
export interface DialRequest {
  /** Number to dial: the user part of the Request-URI. */
  readonly to: string;
  /** Number to call from. */
  readonly from: string;
  /** `host:port` or a SIP URI whose host and port are used. */
  readonly target: string;
  /** Behaviour once connected, by its number; the default one when absent. */
  readonly behaviour?: string | undefined;
  /** Give up (CANCEL) when not answered by then. */
  readonly cancelAfterMs?: number | undefined;
}

type LiveCall = AnsweringCall | DialledCall;

function hostPortOf(target: string): string {
  const afterScheme = target.startsWith('sip:') ? target.slice('sip:'.length) : target;
  return afterScheme.slice(afterScheme.lastIndexOf('@') + 1);
}

/** A SIP phone that behaves by the number that was dialled. */
export class TestPhone {
  readonly #options: TestPhoneOptions;
  readonly #agent: UserAgent;
  readonly #book = new CallBook();
  readonly #tools: PhoneTools;
  readonly #live = new Map<CallEntry, LiveCall>();

  constructor(options: TestPhoneOptions) {
    this.#options = options;
    this.#tools = {
      recordings: options.recordings,
      recordDir: options.recordDir,
      elapsed: (entry) => this.#book.elapsed(entry),
    };
    this.#agent = createUserAgent({
      bind: { host: options.host, port: options.sipPort, transports: ['udp', 'tcp'] },
      userAgentName: 'callplane-test-phone',
      log: options.log,
      // A load test may well call faster than the default allows.
      admission: { invitesPerSecond: 1_000, burst: 1_000 },
      tap: (direction, message) => this.#book.note(direction, message),
    });
    this.#agent.on('invite', (call) => this.#receive(call));
  }

  /** SIP address, after `listen()`. */
  get address(): { readonly host: string; readonly port: number } {
    return this.#agent.address;
  }

  async listen(): Promise<void> {
    await this.#agent.listen();
  }

  /** What each call did, oldest first; live ones are up to date. */
  calls(): CallEntry[] {
    for (const call of this.#live.values()) call.refresh();
    return this.#book.list();
  }

  /** One call, by our id or its Call-ID. */
  call(id: string): CallEntry | undefined {
    const entry = this.#book.find(id);
    if (entry) this.#live.get(entry)?.refresh();
    return entry;
  }

  /** Places a call. Throws when the target makes no SIP URI. */
  async dial(request: DialRequest): Promise<CallEntry> {
    const { host } = this.#options;
    const behaviour = behaviourFor(request.behaviour ?? DEFAULT_NUMBER);
    const rtp = await openRtpSession({ host, log: this.#options.log });
    try {
      const leg = this.#agent.invite({
        target: `sip:${request.to}@${hostPortOf(request.target)}`,
        from: `sip:${request.from}@${host}:${this.address.port}`,
        sdp: createOffer({ host: rtp.host, port: rtp.port }),
      });
      const entry = this.#book.open({
        callId: leg.callId,
        direction: 'outbound',
        dialled: request.to,
        from: request.from,
        behaviour,
      });
      leg.on('ended', (end) => (entry.end = end));
      const call = new DialledCall(leg, rtp, entry, this.#tools);
      const timer =
        request.cancelAfterMs === undefined ? undefined : setTimeout(() => void leg.cancel(), request.cancelAfterMs);
      leg.on('ended', () => clearTimeout(timer));
      leg.on('answered', ({ sdp }) => {
        clearTimeout(timer);
        if (call.connected(sdp)) this.#play(stepsAfterAnswer(behaviour), call, entry);
      });
      this.#keep(entry, call);
      return entry;
    } catch (err) {
      rtp.close();
      throw err;
    }
  }

  /** Hangs up everything and closes the socket. */
  async close(): Promise<void> {
    await this.#agent.close();
  }

  #receive(leg: InboundCall): void {
    const behaviour = behaviourFor(leg.dialled);
    const entry = this.#book.open({
      callId: leg.callId,
      direction: 'inbound',
      dialled: leg.dialled,
      from: leg.from.user,
      behaviour,
    });
    leg.on('ended', (end) => (entry.end = end));
    openRtpSession({ host: this.#options.host, log: this.#options.log })
      .then((rtp) => {
        const call = new AnsweringCall(leg, rtp, entry, this.#tools);
        this.#keep(entry, call);
        this.#play(behaviour.steps, call, entry);
      })
      .catch((err: unknown) => {
        this.#complain(entry, err);
        leg.reject(500);
      });
  }

  #play(steps: readonly Step[], call: LiveCall, entry: CallEntry): void {
    const onStep = (step: Step): void => void entry.steps.push({ atMs: this.#book.elapsed(entry), step });
    playBehaviour(steps, call, onStep).catch((err: unknown) => {
      this.#complain(entry, err);
      void call.hangUp();
    });
  }

  #keep(entry: CallEntry, call: LiveCall): void {
    if (call.over.aborted) return;
    this.#live.set(entry, call);
    call.over.addEventListener('abort', () => this.#live.delete(entry), { once: true });
  }

  #complain(entry: CallEntry, err: unknown): void {
    entry.problem = err instanceof Error ? err.message : String(err);
    this.#options.log.error({ err, phone_call: entry.id }, 'phone.call_failed');
  }
}
