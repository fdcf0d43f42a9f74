import { RecogniserChild, type RecogniserCommand } from './recogniser-child.ts';
import { RecogniserStream, type RecogniserEvents, type RecogniserSettings } from './recogniser-stream.ts';

/**
 * The recogniser processes of this machine: the decoder uses one core a process, so there are as many as cores.
 * They start as they are needed; each serves many streams.
 */
export class RecogniserPool {
  private readonly children: RecogniserChild[] = [];
  private readonly command: RecogniserCommand;
  private readonly maxChildren: number;
  private nextStream = 1;

  constructor(command: RecogniserCommand, maxChildren: number) {
    this.command = command;
    this.maxChildren = maxChildren;
  }

  /** The process ids, for those who watch them. */
  get pids(): number[] {
    return this.children.flatMap((child) => (child.pid === undefined ? [] : [child.pid]));
  }

  /** Starts the first process, so that the first caller does not wait for it. */
  warmUp(): void {
    if (this.children.length === 0) this.children.push(new RecogniserChild(this.command));
  }

  openStream(settings: RecogniserSettings, events: RecogniserEvents): RecogniserStream {
    return new RecogniserStream(this.nextStream++, this.leastLoaded(), settings, events);
  }

  async close(): Promise<void> {
    await Promise.all(this.children.splice(0).map((child) => child.stop()));
  }

  private leastLoaded(): RecogniserChild {
    const idle = this.children.find((child) => child.load === 0);
    if (idle !== undefined) return idle;
    if (this.children.length < this.maxChildren) {
      const child = new RecogniserChild(this.command);
      this.children.push(child);
      return child;
    }
    return this.children.reduce((best, child) => (child.load < best.load ? child : best));
  }
}
