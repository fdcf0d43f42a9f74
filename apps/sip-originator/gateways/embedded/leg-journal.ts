import type { LegJournalStore } from '@callplane/persistence';
import type { DialogSnapshot } from '@callplane/sip';
import type { Logger } from '@callplane/telemetry';

/** Keeps the journal of live dialogs in step, one write after the other for each call. A write that fails is logged: the leg matters more. */
export class LegJournal {
  private readonly store: Pick<LegJournalStore, 'save' | 'remove' | 'heldBy'>;
  private readonly node: string;
  private readonly log: Logger;
  private readonly tails = new Map<string, Promise<void>>();

  constructor(store: Pick<LegJournalStore, 'save' | 'remove' | 'heldBy'>, node: string, log: Logger) {
    this.store = store;
    this.node = node;
    this.log = log;
  }

  save(callId: string, dialog: DialogSnapshot | undefined): void {
    if (dialog === undefined) return;
    void this.after(callId, () => this.store.save(callId, this.node, { ...dialog }));
  }

  /** Resolves when the leg is out of the journal (or the write has failed). */
  remove(callId: string): Promise<void> {
    return this.after(callId, () => this.store.remove(callId));
  }

  /** Legs that an earlier process of this name did not end. */
  async leftBehind(): Promise<{ callId: string; dialog: DialogSnapshot }[]> {
    const rows = await this.store.heldBy(this.node);
    return rows.map(({ callId, dialog }) => ({ callId, dialog: dialog as unknown as DialogSnapshot }));
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
