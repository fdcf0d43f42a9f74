import type { LegEnd } from '../end-reason/cause.ts';
import { decide, type Decision } from './decide.ts';
import type { Fact, FactOf, FactPayloads, FactType } from './facts.ts';
import { newCall } from './new-call.ts';
import type { CallSettings, CallSnapshot } from './snapshot.ts';
import { isFinal } from './states.ts';

/** Where the builders' clock starts, epoch ms. */
export const T0 = 1_000_000;

/** A fact at `T0 + after`, whose id tells its type and time unless given. */
export function fact<T extends FactType>(type: T, after: number, payload: FactPayloads[T], id?: string): FactOf<T> {
  const base = { type, id: id ?? `${type}@${after}`, at: T0 + after, sequence: after };
  return { ...base, ...(payload as object) } as unknown as FactOf<T>;
}

/** How a leg ended, a remote BYE unless told otherwise. */
export function legEnd(end: Partial<LegEnd> = {}): { end: LegEnd } {
  return { end: { by: 'remote', phase: 'talk', how: 'bye', headers: {}, challenged: false, ...end } };
}

/** A final failure response to the INVITE. */
export function failure(status: number, end: Partial<LegEnd> = {}): { end: LegEnd } {
  return legEnd({ phase: 'setup', how: 'response', status, ...end });
}

/** Feeds facts that arrive at their own time. Throws on an illegal one. */
export function play(call: CallSnapshot, facts: readonly Fact[]): { call: CallSnapshot; decisions: Decision[] } {
  const decisions: Decision[] = [];
  let current = call;
  for (const next of facts) {
    const decision = decide(current, next, next.at);
    if (decision.verdict === 'illegal') throw new Error(`${next.type} is illegal in ${current.state}`);
    decisions.push(decision);
    current = decision.call;
  }
  return { call: current, decisions };
}

/** Reports the next deadline at its time. */
export function passDeadline(call: CallSnapshot): Decision {
  const { deadlineAt, deadlineKind } = call;
  if (deadlineAt === undefined || deadlineKind === undefined) throw new Error('no deadline');
  return decide(call, fact('deadline-passed', deadlineAt - T0, { deadline: deadlineKind }), deadlineAt);
}

/** Lets an ending call settle. */
export function settle(call: CallSnapshot): CallSnapshot {
  return isFinal(call.state) ? call : passDeadline(call).call;
}

const PATHS = {
  queued: [],
  claimed: [fact('call-claimed', 10, {}), fact('runner-attached', 20, {})],
  dialing: [fact('call-claimed', 10, {}), fact('runner-attached', 20, {}), fact('dial-started', 30, {})],
  ringing: [
    fact('call-claimed', 10, {}),
    fact('runner-attached', 20, {}),
    fact('dial-started', 30, {}),
    fact('leg-ringing', 500, { sipCode: 180 }),
  ],
  active: [
    fact('call-claimed', 10, {}),
    fact('runner-attached', 20, {}),
    fact('dial-started', 30, {}),
    fact('leg-ringing', 500, { sipCode: 180 }),
    fact('bridge-ready', 700, {}),
    fact('leg-answered', 3_000, {}),
  ],
} as const satisfies Record<string, readonly Fact[]>;

/** Points on the way of an outbound call. */
export type Point = keyof typeof PATHS;

/** An outbound call that has come this far. */
export function callAt(point: Point, settings: Partial<CallSettings> = {}): CallSnapshot {
  return play(newCall({ id: 'cal_1', direction: 'outbound', createdAt: T0, settings }), PATHS[point]).call;
}

/** An inbound call that rings. */
export function inboundCall(settings: Partial<CallSettings> = {}): CallSnapshot {
  return newCall({ id: 'cal_2', direction: 'inbound', createdAt: T0, settings });
}
