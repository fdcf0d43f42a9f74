import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { canBindTcp, canBindUdp, freeMediaPort, freePort } from '../servers/find-port.ts';
import { scenarioOf, type Step } from './far-end-steps.ts';
import { mostDialogs, parseMessages, type SippMessage } from './sipp-messages.ts';

const HOST = '127.0.0.1';

/** A sipp process that waits to be called. */
export interface FarEnd {
  readonly port: number;
  /** Its RTP port, of the first call. */
  readonly mediaPort: number;
  readonly uri: string;
  /** Rejects with sipp's own words when a call did not go by the scenario. */
  readonly passed: Promise<void>;
  /** Start lines of every message so far, `<` what sipp got, `>` what it sent, repeats left out. */
  ladder(): string[];
  /** Dialogs between INVITE and their end, at the worst moment so far. */
  mostDialogs(): number;
  stop(): void;
}

export interface FarEndOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly calls?: number;
  readonly transport?: 'udp' | 'tcp';
  /** Sends every RTP packet back. */
  readonly echo?: boolean;
  readonly limitS?: number;
}

/** Starts sipp with these steps and resolves once it listens. */
export async function startFarEnd(steps: readonly Step[], options: FarEndOptions = {}): Promise<FarEnd> {
  const { calls = 1, transport = 'udp', echo = false, limitS = 40 } = options;
  if (spawnSync('sipp', ['-v']).error) throw new Error('sipp is missing: apt-get install -y sip-tester');
  const folder = mkdtempSync(join(tmpdir(), 'callplane-sipp-'));
  writeFileSync(join(folder, 'scenario.xml'), scenarioOf(steps));
  const [port, mediaPort] = [options.port ?? (await freePort()), await freeMediaPort()];
  const args = [
    ...['-sf', 'scenario.xml', '-i', HOST, '-p', String(port), '-mi', HOST, '-mp', String(mediaPort), '-nostdin'],
    ...['-m', String(calls), '-timeout', `${limitS}s`, '-timeout_error', '-trace_err', '-error_file', 'error.log'],
    ...['-trace_msg', '-message_file', 'messages.log', '-message_overwrite', 'false'],
    ...['-t', transport === 'udp' ? 'u1' : 't1', ...(echo ? ['-rtp_echo'] : [])],
  ];
  const child = spawn('sipp', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  let over = false;
  let messages = '';
  const passed = new Promise<void>((resolve, reject) => {
    child.once('close', (code) => {
      over = true;
      messages = readMessages(folder);
      const logs = readdirSync(folder).filter((name) => name === 'error.log');
      const words = logs.map((name) => readFileSync(join(folder, name), 'utf8').slice(0, 3000)).join('\n');
      rmSync(folder, { recursive: true, force: true });
      if (code === 0) resolve();
      else reject(new Error(`sipp ended with ${code}: ${words} ${said}`));
    });
  });
  passed.catch(() => undefined);
  const free = transport === 'udp' ? canBindUdp : canBindTcp;
  while (!over && (await free(port))) await wait(10);
  const uri = `sip:${HOST}:${port};transport=${transport}`;
  const log = (): SippMessage[] => parseMessages(over ? messages : readMessages(folder));
  return {
    port,
    mediaPort,
    uri,
    passed,
    ladder: () => log().map(({ direction, startLine }) => `${direction} ${startLine}`),
    mostDialogs: () => mostDialogs(log()),
    stop: () => void child.kill('SIGKILL'),
  };
}

function readMessages(folder: string): string {
  try {
    return readFileSync(join(folder, 'messages.log'), 'utf8');
  } catch {
    return '';
  }
}
