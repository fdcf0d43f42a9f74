import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from './find-binary.ts';
import { freePort } from './find-port.ts';
import { runServer, type RunningServer } from './run-server.ts';

/** How LiveKit listens (127.0.0.1 only) and how long it keeps empty rooms. */
export interface LiveKitOptions {
  /** Holds the configuration (with the secret, mode 0600) and the log. */
  configDir: string;
  /** HTTP and WebSocket. Default: a free one. */
  port?: number | undefined;
  /** All media through this one UDP port. Default: a free one. */
  udpPort?: number | undefined;
  apiKey?: string | undefined;
  /** At least 32 characters. Default: a fresh random one. */
  apiSecret?: string | undefined;
  /** Seconds an empty room that nobody joined is kept. */
  emptyTimeoutS?: number;
  /** Seconds a room is kept after its last participant left. */
  departureTimeoutS?: number;
  logLevel?: 'debug' | 'info' | 'warn' | 'error';
  logFile?: string | undefined;
  onSpawn?: ((pid: number) => void) | undefined;
}

/** A running LiveKit; `url` is `ws://`, and the server API takes the same host over http. */
export interface RunningLiveKit extends RunningServer {
  apiKey: string;
  apiSecret: string;
  udpPort: number;
}

/** Starts livekit-server bound to loopback alone; ready when its HTTP port answers. */
export async function startLiveKit(options: LiveKitOptions): Promise<RunningLiveKit> {
  const port = options.port ?? (await freePort());
  const udpPort = options.udpPort ?? (await freePort());
  const apiKey = options.apiKey ?? 'devkey';
  const apiSecret = options.apiSecret ?? randomBytes(24).toString('hex');
  mkdirSync(options.configDir, { recursive: true });
  const configFile = join(options.configDir, 'livekit.json');
  const config = loopbackConfig({ ...options, port, udpPort, apiKey, apiSecret });
  writeFileSync(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });
  const server = await runServer({
    name: 'livekit',
    command: findBinary('livekit-server'),
    args: ['--config', configFile, '--node-ip', '127.0.0.1'],
    url: `ws://127.0.0.1:${port}`,
    port,
    logFile: options.logFile ?? join(options.configDir, 'livekit.log'),
    isReady: () => answersAsLiveKit(port),
    // The first asks it to wait for its participants, the second ends it.
    stopSignals: ['SIGINT', 'SIGINT'],
    onSpawn: options.onSpawn,
  });
  return { ...server, apiKey, apiSecret, udpPort };
}

/** True when `GET /` says OK, as LiveKit does once it is up. */
async function answersAsLiveKit(port: number, host = '127.0.0.1'): Promise<boolean> {
  const answer = await fetch(`http://${host}:${port}/`, { signal: AbortSignal.timeout(1000) });
  return answer.ok && (await answer.text()).trim() === 'OK';
}

type Complete = LiveKitOptions & { port: number; udpPort: number; apiKey: string; apiSecret: string };

/** JSON is YAML, which is what LiveKit reads. */
function loopbackConfig(options: Complete): object {
  return {
    port: options.port,
    bind_addresses: ['127.0.0.1'],
    keys: { [options.apiKey]: options.apiSecret },
    rtc: {
      udp_port: options.udpPort,
      // TCP media cannot be bound to one address.
      tcp_port: 0,
      use_external_ip: false,
      // With an empty list LiveKit sends every client to public STUN hosts. Nothing needs to listen here.
      stun_servers: ['127.0.0.1:3478'],
      enable_loopback_candidate: true,
      // Without it the outer interfaces are bound too.
      interfaces: { includes: [process.platform === 'darwin' ? 'lo0' : 'lo'] },
    },
    room: { empty_timeout: options.emptyTimeoutS ?? 30, departure_timeout: options.departureTimeoutS ?? 5 },
    logging: { level: options.logLevel ?? 'info', json: true },
  };
}
