import type { LegJournalStore } from '@callplane/persistence';
import type { Logger } from '@callplane/telemetry';

/** What a gateway must know to end a leg it no longer holds; `gateway` tells whose it is. */
export interface JournalEntry {
  readonly gateway: 'embedded' | 'livekit-sip';
}

export type JournalStore = Pick<LegJournalStore, 'save' | 'remove' | 'heldBy'>;

/** Keeps the journal of live legs in step, one write after the other for each call. A write that fails is logged: the leg matters more. */
export class LegJournal<E extends JournalEntry> {
  private readonly store: JournalStore;
  private readonly node: string;
  private readonly log: Logger;
  private readonly tails = new Map<string, Promise<void>>();

  constructor(store: JournalStore, node: string, log: Logger) {
    this.store = store;
    this.node = node;
    this.log = log;
  }

  save(callId: string, entry: E): void {
    void this.after(callId, () =>
      this.store.save(callId, this.node, { ...(entry as unknown as Record<string, unknown>) }),
    );
  }

  /** Resolves when the leg is out of the journal (or the write has failed). */
  remove(callId: string): Promise<void> {
    return this.after(callId, () => this.store.remove(callId));
  }

  /** Legs that an earlier process of this name did not end, as far as they are this gateway's. */
  async leftBehind(gateway: E['gateway']): Promise<{ callId: string; entry: E }[]> {
    const rows = await this.store.heldBy(this.node);
    return rows.flatMap(({ callId, dialog }) =>
      dialog['gateway'] === gateway ? [{ callId, entry: dialog as unknown as E }] : [],
    );
  }

  /** Resolves when everything given so far is written. */
  async settle(): Promise<void> {
    await Promise.all(this.tails.values());
  }

  private after(callId: string, write: () => Promise<void>): Promise<void> {
    const tail = (this.tails.get(callId) ?? Promise.resolve())
      .then(write)
      .catch((error: unknown) => this.log.error({ err: error, call_id: callId }, 'journal.write_failed'));
    this.tails.set(callId, tail);
    void tail.then(() => {
      if (this.tails.get(callId) === tail) this.tails.delete(callId);
    });
    return tail;
  }
}
