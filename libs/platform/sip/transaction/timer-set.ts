/** Named timers of one transaction or call; all are gone after `clear`. */
export class TimerSet {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** Starts or restarts the timer `name`. */
  start(name: string, ms: number, fire: () => void): void {
    this.stop(name);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      fire();
    }, ms);
    this.#timers.set(name, timer);
  }

  stop(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
