import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { canBindTcp, canBindUdp, freePort } from '@callplane/testing';
import { scenarioOf, type Step } from './far-end-steps.suite.ts';

const HOST = '127.0.0.1';

/** A sipp process that waits to be called. */
export interface FarEnd {
  readonly port: number;
  /** Its RTP port, of the first call. */
  readonly mediaPort: number;
  readonly uri: string;
  /** Rejects with sipp's own words when a call did not go by the scenario. */
  readonly passed: Promise<void>;
  stop(): void;
}

export interface FarEndOptions {
  readonly calls?: number;
  readonly transport?: 'udp' | 'tcp';
  /** Sends every RTP packet back. */
  readonly echo?: boolean;
  readonly limitS?: number;
  /** Default: a free one. */
  readonly port?: number;
}

/** Starts sipp with these steps and resolves once it listens. */
export async function startFarEnd(steps: readonly Step[], options: FarEndOptions = {}): Promise<FarEnd> {
  const { calls = 1, transport = 'udp', echo = false, limitS = 40 } = options;
  if (spawnSync('sipp', ['-v']).error) throw new Error('sipp is missing: apt-get install -y sip-tester');
  const folder = mkdtempSync(join(tmpdir(), 'callplane-sipp-'));
  writeFileSync(join(folder, 'scenario.xml'), scenarioOf(steps));
  const [port, mediaPort] = [options.port ?? (await freePort()), await freePort()];
  const args = [
    ...['-sf', 'scenario.xml', '-i', HOST, '-p', String(port), '-mi', HOST, '-mp', String(mediaPort), '-nostdin'],
    ...['-m', String(calls), '-timeout', `${limitS}s`, '-timeout_error', '-trace_err', '-error_file', 'error.log'],
    ...['-t', transport === 'udp' ? 'u1' : 't1', ...(echo ? ['-rtp_echo'] : [])],
  ];
  const child = spawn('sipp', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  let over = false;
  const passed = new Promise<void>((resolve, reject) => {
    child.once('close', (code) => {
      over = true;
      const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
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
  return { port, mediaPort, uri, passed, stop: () => void child.kill('SIGKILL') };
}
