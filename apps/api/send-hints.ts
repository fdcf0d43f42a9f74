import { hintSubject } from '@callplane/contracts';
import type { NatsBus } from '@callplane/messaging';
import { BUS } from '@callplane/service-kit';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Hints for one account that follow each other faster than this become one. */
const GAP_MS = 10;

/**
 * Wakes the dispatcher after new calls were committed. The first hint leaves at once; those of a burst are merged, because one look at the table
 * finds everything that was committed before it.
 */
@Injectable()
export class SendHints implements OnModuleDestroy {
  private readonly bus: NatsBus;
  /** A subject is here while its gap runs; the value is the call of a hint that waits for the end of the gap. */
  private readonly gaps = new Map<string, { timer: NodeJS.Timeout; waiting: string | null }>();

  constructor(@Inject(BUS) bus: NatsBus) {
    this.bus = bus;
  }

  send(accountId: string, callId: string): void {
    const subject = hintSubject('queued', accountId);
    const gap = this.gaps.get(subject);
    if (gap === undefined) this.publish(subject, callId);
    else gap.waiting = callId;
  }

  onModuleDestroy(): void {
    for (const [subject, gap] of this.gaps) {
      clearTimeout(gap.timer);
      if (gap.waiting !== null) this.bus.publishJson(subject, { callId: gap.waiting });
    }
    this.gaps.clear();
  }

  private publish(subject: string, callId: string): void {
    this.bus.publishJson(subject, { callId });
    const timer = setTimeout(() => this.endGap(subject), GAP_MS);
    this.gaps.set(subject, { timer, waiting: null });
  }

  private endGap(subject: string): void {
    const waiting = this.gaps.get(subject)?.waiting ?? null;
    this.gaps.delete(subject);
    if (waiting !== null) this.publish(subject, waiting);
  }
}
