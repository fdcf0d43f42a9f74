import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { RawFormat } from './raw-legs.ts';

/** What the bench asks of its raw peer, one order at a time. */
export type RawOrder = { do: 'open'; rooms: number; format: RawFormat } | { do: 'measure' } | { do: 'close' };
export type RawAnswer =
  | { done: 'open' | 'close' }
  | { done: 'measure'; thereMs: number; backMs: number }
  | { done: 'failed'; detail: string };

const PROGRAM = 'dist/test/bench/raw-peer.js';

/** Rooms on bare rtc-node in a process of their own, so that neither side of the comparison has the other's work. */
export class RawPeer {
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  /** In production mode the native library does not log every packet. */
  static async open(env: Readonly<Record<string, string>>, rooms: number, format: RawFormat): Promise<RawPeer> {
    const child = fork(resolve(PROGRAM), { env: { ...process.env, ...env, NODE_ENV: 'production' } });
    const peer = new RawPeer(child);
    await peer.ask({ do: 'open', rooms, format });
    return peer;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** One way in ms, each direction once. */
  async measure(): Promise<{ thereMs: number; backMs: number }> {
    const answer = await this.ask({ do: 'measure' });
    if (answer.done !== 'measure') throw new Error(`the raw peer answered ${answer.done}`);
    return { thereMs: answer.thereMs, backMs: answer.backMs };
  }

  async close(): Promise<void> {
    await this.ask({ do: 'close' });
    this.child.disconnect();
    await once(this.child, 'exit');
  }

  private async ask(order: RawOrder): Promise<RawAnswer> {
    const gone = new AbortController();
    const died = once(this.child, 'exit', { signal: gone.signal }).then(() => {
      throw new Error('the raw peer died');
    });
    died.catch(() => undefined);
    const told = once(this.child, 'message', { signal: gone.signal }) as Promise<[RawAnswer]>;
    this.child.send(order);
    const [answer] = await Promise.race([told, died]).finally(() => gone.abort());
    if (answer.done === 'failed') throw new Error(`the raw peer failed: ${answer.detail}`);
    return answer;
  }
}
