import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { quantile } from './figures.ts';
import { GeneratorWatch } from './process-load.ts';

/** Where requests go; every request is the same but for its idempotency key. */
export interface HttpTarget {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** Of a core, by this process. */
  readonly generatorShare: number;
}

const CONNECTIONS = 32;

/** A generator with its connections open to one target. */
export class HttpLoad {
  private readonly target: HttpTarget;
  private readonly pool: Pool;

  constructor(target: HttpTarget) {
    this.target = target;
    this.pool = new Pool(target.origin, { connections: CONNECTIONS, pipelining: 1 });
  }

  /** Closed loop: each connection sends its next request when the last was answered. */
  async saturate(durationMs: number): Promise<LoadResult> {
    const latencies: number[] = [];
    const watch = new GeneratorWatch();
    const began = performance.now();
    const worker = async (): Promise<void> => {
      while (performance.now() - began < durationMs) {
        const sent = performance.now();
        await this.post();
        latencies.push(performance.now() - sent);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    return summarise(latencies, performance.now() - began, watch);
  }

  /** Open loop: requests are due at a constant rate, and each one's time runs from when it was due. */
  async steady(perSecond: number, durationMs: number): Promise<LoadResult> {
    const latencies: number[] = [];
    const watch = new GeneratorWatch();
    const began = performance.now();
    const total = Math.floor((perSecond * durationMs) / 1000);
    const pending: Promise<void>[] = [];
    for (let sent = 0; sent < total;) {
      const dueNow = Math.min(total, Math.floor(((performance.now() - began) / 1000) * perSecond) + 1);
      for (; sent < dueNow; sent += 1) {
        const dueAt = began + (sent / perSecond) * 1000;
        pending.push(this.post().then(() => void latencies.push(performance.now() - dueAt)));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(pending);
    return summarise(latencies, performance.now() - began, watch);
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async post(): Promise<void> {
    const { path, headers, body } = this.target;
    const answer = await this.pool.request({
      method: 'POST',
      path,
      headers: { ...headers, 'idempotency-key': randomUUID() },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 201) throw new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, 300)}`);
  }
}

function summarise(latencies: number[], elapsedMs: number, watch: GeneratorWatch): LoadResult {
  return {
    perSecond: (latencies.length / elapsedMs) * 1000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    requests: latencies.length,
    generatorShare: watch.share(),
  };
}
