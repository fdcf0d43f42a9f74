interface Entry<T> {
  until: number;
  found: Promise<T | undefined>;
}

/**
 * Remembers what was found for a short time, so that a busy key costs one query every few seconds. Concurrent lookups of one key
 * share a query; what was not found, or failed, is asked again at once. Bounded: the oldest entry leaves first.
 */
export class RecentLookups<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly ttlMs: number;
  private readonly limit: number;

  constructor(ttlMs: number, limit: number) {
    this.ttlMs = ttlMs;
    this.limit = limit;
  }

  find(key: string, look: () => Promise<T | undefined>): Promise<T | undefined> {
    const now = performance.now();
    const known = this.entries.get(key);
    if (known !== undefined && known.until > now) return known.found;
    const entry: Entry<T> = { until: now + this.ttlMs, found: look() };
    this.entries.delete(key);
    this.entries.set(key, entry);
    this.trim();
    void entry.found.then(
      (found) => found ?? this.drop(key, entry),
      () => this.drop(key, entry),
    );
    return entry.found;
  }

  /** Forgets every key that begins with `prefix`. */
  forget(prefix: string): void {
    for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.entries.delete(key);
  }

  get size(): number {
    return this.entries.size;
  }

  private trim(): void {
    if (this.entries.size <= this.limit) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  private drop(key: string, entry: Entry<T>): undefined {
    if (this.entries.get(key) === entry) this.entries.delete(key);
    return undefined;
  }
}
