import { DEFAULT_CALL_SETTINGS, type CallSettings, type CallSnapshot, type Direction } from './snapshot.ts';
import { nextDeadline } from './deadlines.ts';

/** What is known when a call begins. */
export interface NewCall {
  readonly id: string;
  readonly direction: Direction;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly settings?: Partial<CallSettings>;
}

/** Writes the next deadline onto the call, or removes it where none runs. */
export function withDeadline(call: CallSnapshot): CallSnapshot {
  const { deadlineAt: _at, deadlineKind: _kind, ...rest } = call;
  const next = nextDeadline(rest);
  return next === undefined ? rest : { ...rest, deadlineAt: next.at, deadlineKind: next.kind };
}

/** The first snapshot of a call: outbound calls queue, inbound calls ring at once. */
export function newCall(start: NewCall): CallSnapshot {
  const { id, direction, createdAt } = start;
  const settings = { ...DEFAULT_CALL_SETTINGS, ...start.settings };
  const blank = { id, direction, settings, createdAt, callerTurns: 0, agentTurns: 0, everActive: false };
  return withDeadline(
    direction === 'outbound'
      ? { ...blank, state: 'queued', legUp: false }
      : { ...blank, state: 'ringing', legUp: true, ringingAt: createdAt, agentWaitSince: createdAt },
  );
}
