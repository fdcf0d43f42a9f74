import type { LegEnd, SipMessage } from '@callplane/sip';
import type { HeardSummary } from './agent-ear.ts';
import type { Behaviour, Step } from './behaviours.ts';

/** One message of a call's SIP ladder. */
export interface LadderLine {
  /** Milliseconds since the first message of the call. */
  readonly atMs: number;
  readonly direction: 'in' | 'out';
  /** `INVITE`, `180 Ringing (INVITE)`, ... */
  readonly what: string;
}

/** What GET /calls shows of one call. */
export interface CallEntry {
  readonly id: string;
  readonly callId: string;
  readonly direction: 'inbound' | 'outbound';
  readonly dialled: string;
  readonly from: string;
  readonly behaviour: { readonly number: string; readonly doc: string };
  readonly startedAt: string;
  readonly ladder: readonly LadderLine[];
  readonly steps: { readonly atMs: number; readonly step: Step }[];
  readonly dtmf: string[];
  answeredAtMs?: number;
  heard?: HeardSummary;
  /** Path of the WAV with what was heard, when recording is on. */
  recording?: string;
  end?: LegEnd;
  /** A bug or a broken dependency of the phone itself. */
  problem?: string;
}

const MAX_CALLS = 500;

interface Ladder {
  readonly since: number;
  readonly lines: LadderLine[];
}

function forgetOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next();
  if (map.size > MAX_CALLS && !oldest.done) map.delete(oldest.value);
}

function headerOf(message: SipMessage, ...names: string[]): string {
  return message.headers.find((h) => names.includes(h.name.toLowerCase()))?.value ?? '';
}

/** Remembers the last five hundred calls. */
export class CallBook {
  readonly #entries = new Map<string, CallEntry>();
  readonly #ladders = new Map<string, Ladder>();
  #count = 0;

  /** Notes a SIP message; messages come before the entry of their call. */
  note(direction: 'in' | 'out', message: SipMessage): void {
    const { lines, since } = this.#ladder(headerOf(message, 'call-id', 'i'));
    const method = headerOf(message, 'cseq').split(' ').at(-1) ?? '';
    const what = message.kind === 'request' ? message.method : `${message.status} ${message.reason} (${method})`;
    lines.push({ atMs: Math.round(performance.now() - since), direction, what });
  }

  open(call: {
    callId: string;
    direction: CallEntry['direction'];
    dialled: string;
    from: string;
    behaviour: Behaviour;
  }): CallEntry {
    this.#count += 1;
    const { number, doc } = call.behaviour;
    const ladder = this.#ladder(call.callId).lines;
    const base = { id: `phone-${this.#count}`, startedAt: new Date().toISOString(), ladder, steps: [], dtmf: [] };
    const entry: CallEntry = { ...base, ...call, behaviour: { number, doc } };
    this.#entries.set(entry.id, entry);
    forgetOldest(this.#entries);
    return entry;
  }

  /** Milliseconds since the first message of that call. */
  elapsed(entry: CallEntry): number {
    return Math.round(performance.now() - this.#ladder(entry.callId).since);
  }

  /** Oldest first. */
  list(): CallEntry[] {
    return [...this.#entries.values()];
  }

  /** By our id or by Call-ID. */
  find(id: string): CallEntry | undefined {
    return this.#entries.get(id) ?? this.list().find((entry) => entry.callId === id);
  }

  #ladder(callId: string): Ladder {
    const known = this.#ladders.get(callId);
    if (known) return known;
    const ladder = { since: performance.now(), lines: [] };
    this.#ladders.set(callId, ladder);
    forgetOldest(this.#ladders);
    return ladder;
  }
}
