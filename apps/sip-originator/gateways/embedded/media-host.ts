import { disposeRtc } from '@callplane/livekit';
import type { Logger } from '@callplane/telemetry';
import type { MediaOrder, MediaWorkerSettings, WorkerMessage } from './media-messages.ts';
import { MediaSession, messageOf } from './media-session.ts';
import { FRAME_MS } from './outbound-pacer.ts';
import { Ticker } from './ticker.ts';

/** The inside of a media worker: its calls, one clock for all of them, and the order to stop. */
export class MediaHost {
  private readonly settings: MediaWorkerSettings;
  private readonly log: Logger;
  private readonly tell: (message: WorkerMessage) => void;
  private readonly sessions = new Map<string, MediaSession>();
  /** Calls whose port is being bound; false once they were closed meanwhile. */
  private readonly opening = new Map<string, boolean>();
  private readonly ticker = new Ticker(FRAME_MS, () => this.tick());

  constructor(settings: MediaWorkerSettings, log: Logger, tell: (message: WorkerMessage) => void) {
    this.settings = settings;
    this.log = log;
    this.tell = tell;
  }

  start(): void {
    this.ticker.start();
    this.tell({ t: 'ready' });
  }

  /** Carries out everything but `stop`. */
  async receive(order: Exclude<MediaOrder, { t: 'stop' }>): Promise<void> {
    const session = this.sessions.get(order.callId);
    switch (order.t) {
      case 'open':
        return this.open(order);
      case 'start':
        return session?.start(order.media);
      case 'answered':
        return session?.answered(performance.now());
      case 'attributes':
        return session?.setAttributes(order.attributes).catch((error: unknown) => {
          this.log.warn({ err: error, call_id: order.callId }, 'media.attributes_not_set');
        });
      case 'close':
        return this.close(order.callId);
    }
  }

  /** Leaves every room and releases the native runtime; the process can exit afterwards. */
  async stop(): Promise<void> {
    this.ticker.stop();
    await Promise.all([...this.sessions.values()].map((session) => session.close()));
    await disposeRtc();
  }

  private async open(order: MediaOrder & { t: 'open' }): Promise<void> {
    const { callId } = order;
    this.opening.set(callId, true);
    try {
      const limits = { missingMs: this.settings.rtpMissingMs, lostMs: this.settings.rtpLostMs };
      const session = await MediaSession.open({ order, limits, log: this.log, tell: this.tell });
      this.sessions.set(callId, session);
      this.tell({ t: 'opened', callId, port: session.port });
      if (this.opening.get(callId) === false) await this.close(callId);
    } catch (error) {
      this.tell({ t: 'open-failed', callId, detail: messageOf(error) });
    } finally {
      this.opening.delete(callId);
    }
  }

  private async close(callId: string): Promise<void> {
    const session = this.sessions.get(callId);
    if (session === undefined) {
      if (this.opening.has(callId)) this.opening.set(callId, false);
      return;
    }
    await session.close();
    this.sessions.delete(callId);
  }

  private tick(): void {
    const now = performance.now();
    for (const session of this.sessions.values()) session.tick(now);
  }
}
