import type { Logger } from '@callplane/telemetry';

const REPORT_MS = 5000;

/**
 * How this process is going down. SIGTERM drains: no new work, live calls finish up to the limit. SIGINT ends what is live now.
 * Holders of live calls ask `waitForCalls` in `beforeApplicationShutdown`.
 */
export class Shutdown {
  private readonly log: Logger;
  private readonly drainLimitMs: number;
  private signal: 'SIGTERM' | 'SIGINT' | null = null;

  constructor(log: Logger, drainLimitMs: number) {
    this.log = log;
    this.drainLimitMs = drainLimitMs;
  }

  begin(signal: 'SIGTERM' | 'SIGINT'): void {
    this.signal ??= signal;
  }

  /** True once no new work may be taken. */
  get stopping(): boolean {
    return this.signal !== null;
  }

  /** Waits until `held` is empty: at most the drain limit after SIGTERM, not at all after SIGINT. Logs what remains every 5 s. */
  async waitForCalls(held: () => string[]): Promise<void> {
    if (this.signal !== 'SIGTERM') return;
    const until = performance.now() + this.drainLimitMs;
    let reportAt = performance.now();
    while (held().length > 0 && performance.now() < until) {
      if (performance.now() >= reportAt) {
        this.log.info({ remaining: held().length, call_ids: held().slice(0, 5) }, 'service.draining');
        reportAt += REPORT_MS;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
