import { beforeAll, describe, expect, it } from 'vitest';
import { createOffer, createUserAgent } from '../index.ts';
import type {
  FaultHook,
  HangUpOutcome,
  LegEnd,
  OutboundCall,
  SipCredentials,
  SipMessage,
  SipTimers,
  SipTransport,
} from '../index.ts';
import { freePort, requireSipp, startSipp } from './run-sipp.suite.ts';

/** Quick repeats where something is lost, with a Timer B (64 * T1) that a busy machine does not reach. */
const QUICK = { t1: 100, t2: 800, t4: 500 };
/** A whole Timer B in 3.2 s. */
const SHORT_TIMER_B = { t1: 50, t2: 400, t4: 500 };

/** Counts what the stack meant to send, before any loss. */
class SentLog {
  readonly #counts = new Map<string, number>();
  readonly #cseqs = new Map<string, Set<string>>();
  readonly #waiting = new Set<() => void>();

  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Different messages: a repeat on a slow machine has the CSeq of the first. */
  distinct(name: string): number {
    return this.#cseqs.get(name)?.size ?? 0;
  }

  add(name: string, cseq: string): void {
    this.#counts.set(name, this.count(name) + 1);
    this.#cseqs.set(name, (this.#cseqs.get(name) ?? new Set()).add(cseq));
    for (const check of this.#waiting) check();
  }

  until(name: string, least: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.count(name) >= least) resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}

interface Ladder {
  readonly name: string;
  /** Absent: nobody listens there. */
  readonly scenario?: string;
  readonly keys?: Readonly<Record<string, string>>;
  readonly transport?: SipTransport;
  readonly credentials?: SipCredentials;
  readonly faults?: FaultHook;
  /** What we do to the call; resolves with the outcome of a hang-up, when there is one. */
  readonly drive?: (call: OutboundCall, sent: SentLog) => Promise<HangUpOutcome | undefined>;
  readonly outcome?: HangUpOutcome;
  readonly end: Partial<LegEnd>;
  readonly timers?: Partial<SipTimers>;
  /** INVITEs sent, repeats not counted, exactly. */
  readonly invites?: number;
  /** Messages sent, by method or status, at least. */
  readonly sent?: Readonly<Record<string, number>>;
}

function cseqOf(message: SipMessage): string {
  return message.headers.find((h) => h.name.toLowerCase() === 'cseq')?.value ?? '';
}

function nameOf(message: SipMessage): string {
  return message.kind === 'request' ? message.method : `${message.status} ${cseqOf(message).split(' ')[1] ?? ''}`;
}

/** Drops the first `count` messages of that name in that direction. */
function lose(direction: 'in' | 'out', name: string, count: number): FaultHook {
  let left = count;
  return (way, message) => {
    if (way !== direction || nameOf(message) !== name || left === 0) return 'pass';
    left -= 1;
    return 'drop';
  };
}

const byeAfterAnswer = async (call: OutboundCall): Promise<HangUpOutcome> => {
  await call.next('answered');
  return call.bye({ waitMs: 10_000 });
};
/** The far end repeats its 200 until an ACK arrives; only then may the call end. */
const byeAfterSecondAck = async (call: OutboundCall, sent: SentLog): Promise<HangUpOutcome> => {
  await sent.until('ACK', 2);
  return call.bye({ waitMs: 10_000 });
};
const cancelWhenRinging = async (call: OutboundCall): Promise<HangUpOutcome> => {
  await call.next('provisional');
  return call.cancel({ waitMs: 10_000 });
};
const ourBye: Partial<LegEnd> = { by: 'local', phase: 'talk', how: 'bye', confirmed: true };
const ourCancel: Partial<LegEnd> = { by: 'local', phase: 'setup', how: 'cancel', confirmed: true };
const trunk = { username: 'trunk', password: 'secret' };

function refused(status: number, reason: string, cause: number): Ladder {
  return {
    name: `${status} is reported as sent`,
    scenario: 'uas-refuse',
    keys: { code: `${status} ${reason}`, cause: String(cause) },
    end: { by: 'remote', phase: 'setup', how: 'response', status, reason, q850: cause, challenged: false },
    sent: { ACK: 1 },
    invites: 1,
  };
}

const answered = { scenario: 'uas-answer', drive: byeAfterAnswer, outcome: 'confirmed', end: ourBye } as const;

const LADDERS: readonly Ladder[] = [
  { ...answered, name: '180, 200, our BYE', sent: { ACK: 1, BYE: 1 }, invites: 1 },
  { ...answered, name: '183 with media, 200, our BYE', scenario: 'uas-early-media' },
  {
    name: '180, 200, their BYE',
    scenario: 'uas-answer-then-bye',
    end: { by: 'remote', phase: 'talk', how: 'bye', q850: 16, challenged: false },
    sent: { '200 BYE': 1 },
  },
  refused(486, 'Busy Here', 17),
  refused(603, 'Decline', 21),
  refused(480, 'Temporarily Unavailable', 18),
  refused(404, 'Not Found', 1),
  refused(403, 'Forbidden', 21),
  refused(408, 'Request Timeout', 102),
  refused(503, 'Service Unavailable', 34),
  refused(302, 'Moved Temporarily', 23),
  {
    name: '180, then 480: rang and went away',
    scenario: 'uas-ring-then-refuse',
    keys: { code: '480 Temporarily Unavailable', cause: '19' },
    end: { by: 'remote', phase: 'setup', how: 'response', status: 480, q850: 19 },
  },
  {
    name: 'no answer, CANCEL, 487',
    scenario: 'uas-ring-until-cancel',
    drive: cancelWhenRinging,
    outcome: 'confirmed',
    end: { ...ourCancel, status: 487 },
    sent: { CANCEL: 1, ACK: 1 },
  },
  {
    name: 'CANCEL crosses 200: ACK and BYE',
    scenario: 'uas-cancel-crosses-200',
    drive: cancelWhenRinging,
    outcome: 'crossed',
    end: { ...ourCancel, status: 200 },
    sent: { CANCEL: 1, ACK: 1, BYE: 1 },
  },
  {
    name: 'silent peer: Timer B, no status invented',
    scenario: 'uas-silent',
    end: { by: 'error', phase: 'setup', how: 'timeout', headers: {} },
    timers: SHORT_TIMER_B,
    sent: { INVITE: 4 },
    invites: 1,
  },
  {
    ...answered,
    name: '401 digest',
    scenario: 'uas-digest-401',
    credentials: trunk,
    end: { ...ourBye, challenged: true },
  },
  {
    ...answered,
    name: '407 digest',
    scenario: 'uas-digest-407',
    credentials: trunk,
    end: { ...ourBye, challenged: true },
  },
  {
    name: '401 with a wrong password: 403 after a challenge',
    scenario: 'uas-digest-401',
    credentials: { ...trunk, password: 'wrong' },
    end: { by: 'remote', phase: 'setup', how: 'response', status: 403, challenged: true },
  },
  {
    name: '407 for ever is given up after one answer',
    scenario: 'uas-challenge-forever',
    credentials: trunk,
    end: { by: 'remote', phase: 'setup', how: 'response', status: 407, challenged: true },
    invites: 2,
  },
  { ...answered, name: 'TCP: 180, 200, our BYE', transport: 'tcp' },
  { ...refused(486, 'Busy Here', 17), name: 'TCP: 486', transport: 'tcp' },
  {
    name: 'TCP: connection refused is no 503',
    transport: 'tcp',
    end: { by: 'error', phase: 'setup', how: 'transport', reason: 'ECONNREFUSED' },
  },
  { ...answered, name: 'INVITE lost once', faults: lose('out', 'INVITE', 1) },
  { ...answered, name: 'INVITE lost three times', faults: lose('out', 'INVITE', 3) },
  { ...answered, name: '200 lost', faults: lose('in', '200 INVITE', 1) },
  { ...answered, name: 'ACK lost', faults: lose('out', 'ACK', 1), drive: byeAfterSecondAck },
  {
    ...refused(486, 'Busy Here', 17),
    name: 'ACK of a 486 lost',
    faults: lose('out', 'ACK', 1),
    sent: { ACK: 2 },
  },
  { ...answered, name: 'BYE lost', faults: lose('out', 'BYE', 1) },
  {
    name: 'CANCEL lost',
    scenario: 'uas-ring-until-cancel',
    faults: lose('out', 'CANCEL', 1),
    drive: cancelWhenRinging,
    outcome: 'confirmed',
    end: { ...ourCancel, status: 487 },
  },
];

async function climb(ladder: Ladder): Promise<void> {
  const transport = ladder.transport ?? 'udp';
  const sent = new SentLog();
  const agent = createUserAgent({
    bind: { host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'] },
    userAgentName: 'callplane-test',
    timers: ladder.timers ?? (ladder.faults ? QUICK : {}),
    faults: (direction, message, peer) => {
      if (direction === 'out') sent.add(nameOf(message), cseqOf(message));
      return ladder.faults?.(direction, message, peer) ?? 'pass';
    },
  });
  await agent.listen();
  const keys = ladder.keys ?? {};
  const sipp =
    ladder.scenario === undefined ? undefined : await startSipp({ scenario: ladder.scenario, transport, keys });
  const port = sipp?.port ?? (await freePort());
  const call = agent.invite({
    target: `sip:+15550100001@127.0.0.1:${port}`,
    from: '"Callplane" <sip:+15550100099@127.0.0.1>',
    sdp: createOffer({ host: '127.0.0.1', port: 20_000 }),
    transport,
    ...(ladder.credentials === undefined ? {} : { credentials: ladder.credentials }),
  });
  const ended = call.next('ended');
  const outcome = ladder.drive?.(call, sent);
  expect(await ended).toMatchObject(ladder.end);
  if (ladder.outcome) expect(await outcome).toBe(ladder.outcome);
  await sipp?.passed;
  expect(agent.dialogs().count).toBe(0);
  for (const [name, count] of Object.entries(ladder.sent ?? {}))
    expect(sent.count(name), name).toBeGreaterThanOrEqual(count);
  if (ladder.invites !== undefined) expect(sent.distinct('INVITE')).toBe(ladder.invites);
  await agent.close();
  expect(agent.transactions()).toBe(0);
}

describe.concurrent('outbound ladders against sipp', () => {
  beforeAll(requireSipp);
  it.each(LADDERS.map((ladder) => [ladder.name, ladder] as const))('%s', async (_, ladder) => climb(ladder));
});
