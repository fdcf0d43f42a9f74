import { createLogger } from '@callplane/telemetry';
import { MediaHost } from './media-host.ts';
import { SETTINGS_VARIABLE, type MediaOrder, type MediaWorkerSettings, type WorkerMessage } from './media-messages.ts';

/** A process of its own for the native audio of some calls: what goes wrong in here ends those calls and nothing else. */
const settings = JSON.parse(process.env[SETTINGS_VARIABLE] ?? '{}') as MediaWorkerSettings;
const log = createLogger('sip-originator', `${settings.node}/media-${process.pid}`, settings.logLevel);
const host = new MediaHost(settings, log, (message: WorkerMessage) => {
  // A gateway that is just dying takes no more messages: the disconnect ends us.
  if (process.connected) process.send?.(message, () => undefined);
});

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  // A room that does not let go must not keep the process: the gateway's patience ends before this.
  setTimeout(() => process.exit(1), 2000).unref();
  host.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}

// The gateway decides when this process ends: a Ctrl-C reaches the whole process group. Without a gateway there is no call.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', stop);
process.on('message', (order: MediaOrder) => {
  if (order.t === 'stop') stop();
  else host.receive(order).catch((error: unknown) => log.error({ err: error, order: order.t }, 'media.order_failed'));
});

host.start();
