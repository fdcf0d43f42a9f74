import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const HOST = '127.0.0.1';
const LIMIT_S = 30;
const INSTALL_HINT = 'sipp is missing: apt-get install -y sip-tester';
import { freeMediaPort } from '@callplane/testing';

/** One sipp process playing one scenario file of this folder for one call. */
export interface SippRun {
  readonly port: number;
  /** Rejects with sipp's own error log when the scenario failed. */
  readonly passed: Promise<void>;
}

/** How to start sipp. `target` makes it the caller; without it, it waits to be called. */
export interface SippOptions {
  readonly scenario: string;
  readonly transport?: 'udp' | 'tcp';
  readonly target?: string;
  readonly service?: string;
  /** Values of `[name]` keywords in the scenario. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** Fails the suite, in words that help, on a machine without sipp. */
export function requireSipp(): void {
  if (spawnSync('sipp', ['-v']).error) throw new Error(INSTALL_HINT);
}

async function udpPort(port: number): Promise<number | undefined> {
  const socket = createSocket('udp4');
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address: HOST, port, exclusive: true });
    await listening;
    return socket.address().port;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

async function tcpPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    const listening = once(server, 'listening');
    server.listen({ host: HOST, port, exclusive: true });
    await listening;
    return port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}

/** Outside the kernel's ephemeral range and our RTP range: nobody else takes one between the check and the use. */
const PORTS = { min: 10_000, max: 19_998 };

/** An even port that is free on UDP and TCP at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.min + 2 * randomInt((PORTS.max - PORTS.min) / 2);
    if ((await udpPort(port)) !== undefined && (await tcpPort(port)) !== undefined) return port;
  }
}

/** Looks without touching: a probe that binds could take the port away from sipp at the wrong moment. */
function isBound(port: number, transport: 'udp' | 'tcp'): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  return readFileSync(`/proc/net/${transport}`, 'latin1')
    .split('\n')
    .some((line) => line.slice(0, 30).includes(wanted));
}

async function untilBound(port: number, transport: 'udp' | 'tcp', isOver: () => boolean): Promise<void> {
  while (!isOver() && !isBound(port, transport)) await pause(10);
}

function errorLog(folder: string): string {
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return logs.map((name) => readFileSync(join(folder, name), 'utf8').slice(0, 4_000)).join('\n');
}

/** sipp insists on a literal status code in the file, so `-key` will not do. */
function filledIn(scenario: string, keys: Readonly<Record<string, string>>): string {
  const template = readFileSync(join(import.meta.dirname, `${scenario}.xml`), 'utf8');
  return Object.entries(keys).reduce((text, [name, value]) => text.replaceAll(`[${name}]`, value), template);
}

/** Starts sipp in a temporary folder and resolves once it is bound. */
export async function startSipp(options: SippOptions): Promise<SippRun> {
  const { scenario, transport = 'udp', target, service = '+15550100001', keys = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'callplane-sipp-'));
  const port = await freePort();
  const file = join(folder, `${scenario}.xml`);
  writeFileSync(file, filledIn(scenario, keys));
  const args = [
    ...['-sf', file, '-i', HOST, '-p', String(port), '-m', '1', '-nostdin'],
    ...['-timeout', `${LIMIT_S}s`, '-timeout_error', '-trace_err', '-error_file', join(folder, 'error.log')],
    ...['-t', transport === 'udp' ? 'u1' : 't1', '-s', service, '-mi', HOST, '-mp', String(await freeMediaPort())],
    ...(target === undefined ? [] : [target]),
  ];
  const child = spawn('sipp', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  let isOver = false;
  const passed = new Promise<void>((resolve, reject) => {
    child.once('error', (err) => reject(new Error(INSTALL_HINT, { cause: err })));
    child.once('close', (code) => {
      isOver = true;
      if (code === 0) resolve();
      else reject(new Error(`sipp ${scenario} ended with ${code}: ${errorLog(folder)} ${said}`));
      rmSync(folder, { recursive: true, force: true });
    });
  });
  // The test awaits it later; until then a failure must not count as unhandled.
  passed.catch(() => undefined);
  if (target === undefined) await untilBound(port, transport, () => isOver);
  return { port, passed };
}
