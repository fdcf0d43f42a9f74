import { beatFilter, beatSchema, beatSubject, type Beat } from '@callplane/contracts';
import type { BusSubscription, NatsBus } from './nats-bus.ts';

const BEAT_MS = 1000;
const MISSED_BEATS = 3;

/** Says once a second that this process is alive and which calls it holds. Returns a stop function. */
export function startBeat(bus: NatsBus, app: string, node: string, callIds: () => string[]): () => void {
  const beat = (): void => {
    const message: Beat = { app, node, callIds: callIds(), at: Date.now() };
    bus.publishJson(beatSubject(app, node), message);
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  return () => clearInterval(timer);
}

/**
 * Watches the beats of one app's processes. A node is dead after three missed beats; a node never heard of is unknown, which
 * is not dead until this watcher has itself listened for that long.
 */
export class BeatWatcher {
  private readonly lastHeard = new Map<string, { at: number; callIds: string[] }>();
  private readonly since: number;
  private readonly now: () => number;
  private readonly subscription: BusSubscription;

  constructor(bus: NatsBus, app: string, now: () => number = () => performance.now()) {
    this.now = now;
    this.since = now();
    this.subscription = bus.subscribeJson(beatFilter(app), (value) => {
      const beat = beatSchema.parse(value);
      this.lastHeard.set(beat.node, { at: this.now(), callIds: beat.callIds });
    });
  }

  /** True when the node has missed three beats (or was never heard for as long as that). */
  isDead(node: string): boolean {
    const heardAt = this.lastHeard.get(node)?.at ?? this.since;
    return this.now() - heardAt > BEAT_MS * MISSED_BEATS;
  }

  /** Calls the node said it holds at its last beat; undefined when it was never heard. */
  callsOf(node: string): readonly string[] | undefined {
    return this.lastHeard.get(node)?.callIds;
  }

  /** Every living node with the calls it named in its last beat. */
  held(): { node: string; callIds: readonly string[] }[] {
    return [...this.lastHeard].filter(([node]) => !this.isDead(node)).map(([node, { callIds }]) => ({ node, callIds }));
  }

  stop(): void {
    this.subscription.unsubscribe();
  }
}
