import type { Bus, StreamLog } from './bus.ts';

/** A bus inside one test, which keeps what was published. */
export class MemoryBus implements Bus {
  private readonly listeners = new Map<string, Set<(bytes: Uint8Array) => void>>();
  private readonly published: { subject: string; bytes: Uint8Array }[] = [];

  get subscribers(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  on(subject: string): Uint8Array[] {
    return this.published.filter((message) => message.subject === subject).map(({ bytes }) => bytes);
  }

  publish(subject: string, bytes: Uint8Array): void {
    this.published.push({ subject, bytes });
    for (const listener of [...(this.listeners.get(subject) ?? [])]) listener(bytes);
  }

  subscribe(subject: string, callback: (bytes: Uint8Array) => void): { unsubscribe(): void } {
    const set = this.listeners.get(subject) ?? new Set();
    this.listeners.set(subject, set.add(callback));
    return { unsubscribe: () => void set.delete(callback) };
  }
}

export const QUIET_LOG: StreamLog = { info: () => undefined, warn: () => undefined };
