import { disposeRtc } from '@callplane/livekit';
import { startBeat, type NatsBus } from '@callplane/messaging';
import { BUS, LOGGER, NODE_ID, SHUTDOWN, type Shutdown } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { LIVE_CALLS, type LiveCalls } from './live-calls.ts';

/** After a SIGINT the dispatcher has so long to end the calls it is told are lost, ms. */
const GIVE_UP_MS = 2000;

/** Says which calls this process holds, and brings them to an end when it stops: SIGTERM waits for them, SIGINT does not. */
@Injectable()
export class CallHolder implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly bus: NatsBus;
  private readonly calls: LiveCalls;
  private readonly shutdown: Shutdown;
  private readonly log: Logger;
  private stopBeat: () => void = () => undefined;

  constructor(
    @Inject(BUS) bus: NatsBus,
    @Inject(LIVE_CALLS) calls: LiveCalls,
    @Inject(SHUTDOWN) shutdown: Shutdown,
    @Inject(LOGGER) log: Logger,
  ) {
    this.bus = bus;
    this.calls = calls;
    this.shutdown = shutdown;
    this.log = log;
  }

  onApplicationBootstrap(): void {
    this.stopBeat = startBeat(this.bus, 'media-bridge', NODE_ID, () => this.calls.ids());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.shutdown.waitForCalls(() => this.calls.ids());
    await this.giveUpRest();
    this.stopBeat();
    await disposeRtc();
  }

  private async giveUpRest(): Promise<void> {
    for (const id of this.calls.ids()) (await this.calls.find(id))?.reportLost('the media-bridge is stopping');
    const until = performance.now() + GIVE_UP_MS;
    while (this.calls.ids().length > 0 && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all(this.calls.ids().map((id) => this.closeAnyway(id)));
  }

  private async closeAnyway(callId: string): Promise<void> {
    const call = await this.calls.find(callId);
    await call?.close({ status: 'failed', endReason: 'PLATFORM_ERROR' }).catch((error: unknown) => {
      this.log.warn({ err: error, call_id: callId }, 'call.close_failed');
    });
    this.calls.remove(callId);
  }
}
