/**
 * A queue one consumer iterates over. What was pushed before `end` or `fail` is still delivered; a failure is thrown once,
 * after it, and then the iteration is over.
 */
export class EventQueue<T> implements AsyncIterable<T> {
  private items: T[] = [];
  private ended = false;
  private failure: Error | undefined;
  private wakeConsumer: (() => void) | undefined;
  private wakeProducers: (() => void)[] = [];

  get size(): number {
    return this.items.length;
  }

  get closed(): boolean {
    return this.ended;
  }

  /** Ignored after the end. */
  push(item: T): void {
    if (this.ended) return;
    this.items.push(item);
    this.wakeConsumer?.();
  }

  end(): void {
    this.ended = true;
    this.wakeConsumer?.();
    this.releaseProducers();
  }

  fail(error: Error): void {
    if (this.ended) return;
    this.failure = error;
    this.end();
  }

  /** Drops what nobody took yet. */
  clear(): void {
    this.items = [];
    this.releaseProducers();
  }

  /** Resolves once fewer than `limit` items wait, or the queue was emptied or ended. */
  async room(limit: number): Promise<void> {
    if (this.items.length < limit || this.ended) return;
    await new Promise<void>((resolve) => this.wakeProducers.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.items.shift();
      if (item !== undefined) {
        this.releaseProducers();
        yield item;
        continue;
      }
      if (this.ended) break;
      await new Promise<void>((resolve) => {
        this.wakeConsumer = resolve;
      });
      this.wakeConsumer = undefined;
    }
    const failure = this.failure;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }

  private releaseProducers(): void {
    const waiting = this.wakeProducers;
    this.wakeProducers = [];
    for (const wake of waiting) wake();
  }
}
