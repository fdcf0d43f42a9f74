import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Platform } from '../../support/platform.ts';

const PACKAGES = ['fastify', 'pg', 'undici', '@livekit/rtc-node', '@nestjs/core'];

/** What the figures were measured on and with. */
export interface RunDescription {
  readonly cpu: string;
  readonly cores: number;
  /** One-minute load average before anything was started. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly postgres: { readonly fsync: string; readonly synchronousCommit: string };
}

const LOAD_LIMIT = 1;

export const loadNow = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100;

export function loadProblems(load: number): string[] {
  return load > LOAD_LIMIT ? [`the load average was ${load} before the start`] : [];
}

export async function describeRun(platform: Platform, loadBefore: number): Promise<RunDescription> {
  const [shown] = await platform.sql<{ version: string; fsync: string; commit: string }>(
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
       current_setting('synchronous_commit') AS commit`,
  );
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    loadBefore,
    versions: {
      node: process.versions.node,
      postgres: shown?.version ?? 'unknown',
      livekit: fromLog(platform, 'livekit', /"version"\s*:\s*"([^"]+)"/),
      nats: fromLog(platform, 'nats', /Version:\s*(\S+)/),
      ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    },
    postgres: { fsync: shown?.fsync ?? 'unknown', synchronousCommit: shown?.commit ?? 'unknown' },
  };
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
}

/** The servers say their version when they start. */
function fromLog(platform: Platform, server: string, pattern: RegExp): string {
  try {
    return pattern.exec(readFileSync(join(platform.home, 'logs', `${server}.log`), 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
