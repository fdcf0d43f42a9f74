import type { CallSnapshot, DeadlineKind } from '@callplane/domain';

/** The longest delay `setTimeout` takes; a later deadline is armed again by the sweeper. */
const LONGEST_MS = 2 ** 31 - 1;

/** One timer a call, for its next deadline. The sweeper stands behind every one of them. */
export class CallTimers {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private onDue: (callId: string, kind: DeadlineKind) => void = () => undefined;
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  connect(onDue: (callId: string, kind: DeadlineKind) => void): void {
    this.onDue = onDue;
  }

  /** Replaces the call's timer by its next deadline, if it has one. */
  arm(call: CallSnapshot): void {
    clearTimeout(this.timers.get(call.id));
    this.timers.delete(call.id);
    const { deadlineAt, deadlineKind } = call;
    if (deadlineAt === undefined || deadlineKind === undefined) return;
    // One millisecond more, so that the database's clock, which judges, has passed the deadline too.
    const delay = Math.max(0, deadlineAt - this.now()) + 1;
    if (delay > LONGEST_MS) return;
    const timer = setTimeout(() => {
      this.timers.delete(call.id);
      this.onDue(call.id, deadlineKind);
    }, delay);
    this.timers.set(call.id, timer);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
