import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findBinary } from './find-binary.ts';
import { freePort } from './find-port.ts';
import { runServer, type RunningServer } from './run-server.ts';

/** Where it keeps its streams, and how it listens (127.0.0.1 only). */
export interface NatsOptions {
  storeDir: string;
  /** Default: a free one. */
  port?: number | undefined;
  /** Default true. */
  jetstream?: boolean;
  logFile?: string | undefined;
  onSpawn?: ((pid: number) => void) | undefined;
}

/** Starts nats-server; ready when it greets a client and, with JetStream, says that JetStream is on. */
export async function startNats(options: NatsOptions): Promise<RunningServer> {
  const port = options.port ?? (await freePort());
  const jetstream = options.jetstream ?? true;
  mkdirSync(options.storeDir, { recursive: true });
  const configFile = join(options.storeDir, 'nats.conf');
  const config = [`listen: "127.0.0.1:${port}"`, 'server_name: "callplane"'];
  if (jetstream) config.push(`jetstream { store_dir: ${JSON.stringify(join(options.storeDir, 'jetstream'))} }`);
  writeFileSync(configFile, `${config.join('\n')}\n`);
  return runServer({
    name: 'nats',
    command: findBinary('nats-server'),
    args: ['-c', configFile],
    url: `nats://127.0.0.1:${port}`,
    port,
    logFile: options.logFile ?? join(options.storeDir, 'nats.log'),
    isReady: async () => {
      const info = await readNatsInfo(port);
      return !jetstream || info['jetstream'] === true;
    },
    stopSignals: ['SIGINT'],
    onSpawn: options.onSpawn,
  });
}

/** The `INFO` line a NATS server greets every connection with; rejects when something else answers, or nothing. */
function readNatsInfo(port: number, host = '127.0.0.1'): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    let text = '';
    socket.setTimeout(1000, () => socket.destroy(new Error('no NATS greeting within a second')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed before a NATS greeting')));
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\r\n');
      if (end < 0 && text.length < 65_536) return;
      try {
        if (!text.startsWith('INFO ')) throw new Error('not a NATS greeting');
        resolve(JSON.parse(text.slice(5, end)) as Record<string, unknown>);
      } catch (cause) {
        reject(new Error('not a NATS server', { cause }));
      }
      socket.destroy();
    });
  });
}
