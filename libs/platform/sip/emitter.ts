/** Structured log sink, pino-shaped: object first, constant message. */
export interface SipLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log that keeps nothing. */
export const silentLog: SipLog = { debug() {}, info() {}, warn() {}, error() {} };

type Listener<T> = (event: T) => void;

/** Typed events. A listener that throws is logged and never disturbs the stack or the other listeners. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #log: SipLog;

  constructor(log: SipLog) {
    this.#log = log;
  }

  /** Adds a listener; the returned function removes it. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set.add(listener));
    return () => set.delete(listener);
  }

  /** Resolves with the next occurrence of `event`. */
  next<K extends keyof Events>(event: K): Promise<Events[K]> {
    return new Promise((resolve) => {
      const off = this.on(event, (value) => {
        off();
        resolve(value);
      });
    });
  }

  protected hasListener(event: keyof Events): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }

  protected emit<K extends keyof Events>(event: K, value: Events[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])] as Listener<Events[K]>[]) {
      try {
        listener(value);
      } catch (err) {
        this.#log.error({ err, event: String(event) }, 'sip.listener_failed');
      }
    }
  }
}
