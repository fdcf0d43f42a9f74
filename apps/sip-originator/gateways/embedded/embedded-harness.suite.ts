import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRoomAdmin, type LiveKitAccess, type RoomAdmin } from '@callplane/livekit';
import { createLogger } from '@callplane/telemetry';
import { startLiveKit, temporaryFolder } from '@callplane/testing';
import { build } from 'esbuild';
import { sipOriginatorConfig } from '../../sip-originator.config.ts';
import type { JournalStore } from '../leg-journal.ts';
import type { Trunk } from '../sip-gateway.ts';
import type { EmbeddedGateway } from './embedded-gateway.ts';
import { openEmbedded } from './open-embedded.ts';

const APP = join(import.meta.dirname, '..', '..');

/** Bundles a program of this app as tools/build.mjs does, where node_modules are found. Returns the file and a remover. */
export async function bundle(...entries: string[]): Promise<{ folder: string; remove: () => void }> {
  const root = join(APP, '..', '..');
  const folder = join(root, 'node_modules', '.cache', 'callplane', `sip-originator-${process.pid}-${Date.now()}`);
  mkdirSync(folder, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => join(APP, entry)),
    entryNames: '[name]',
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    tsconfig: 'tsconfig.json',
    sourcemap: 'inline',
    keepNames: true,
    logLevel: 'warning',
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The journal's contract without Postgres: what the gateway alone is tested with. */
export class MemoryJournal implements JournalStore {
  readonly rows = new Map<string, { node: string; dialog: Record<string, unknown> }>();
  readonly history: string[] = [];

  save(callId: string, node: string, dialog: Record<string, unknown>): Promise<void> {
    this.rows.set(callId, { node, dialog });
    this.history.push(`save ${(dialog['dialog'] as { state?: string } | undefined)?.state ?? 'leg'}`);
    return Promise.resolve();
  }
  remove(callId: string): Promise<void> {
    this.rows.delete(callId);
    this.history.push('remove');
    return Promise.resolve();
  }
  heldBy(node: string): Promise<{ callId: string; dialog: Record<string, unknown> }[]> {
    const rows = [...this.rows].filter(([, row]) => row.node === node);
    return Promise.resolve(rows.map(([callId, { dialog }]) => ({ callId, dialog })));
  }
}

/** A LiveKit server and the bundled worker, shared by the gateways of one spec file. */
export interface Workbench {
  readonly livekit: LiveKitAccess;
  readonly admin: RoomAdmin;
  readonly workerFile: string;
  close(): Promise<void>;
}

export async function openWorkbench(): Promise<Workbench> {
  const folder = temporaryFolder();
  const [livekit, worker] = await Promise.all([
    startLiveKit({ configDir: folder.path, departureTimeoutS: 1 }),
    bundle('gateways/embedded/media.worker.ts'),
  ]);
  return {
    livekit,
    admin: createRoomAdmin(livekit),
    workerFile: join(worker.folder, 'media.worker.js'),
    close: async () => {
      await livekit.stop();
      folder.remove();
      worker.remove();
    },
  };
}

/** A gateway on free ports; `start` it. */
export function gatewayOn(
  bench: Workbench,
  env: Record<string, string> = {},
  journal: JournalStore = new MemoryJournal(),
): EmbeddedGateway {
  const config = sipOriginatorConfig.parse({
    PORT: '0',
    DATABASE_URL: 'unused',
    NATS_URL: 'unused',
    CALLPLANE_SECRET: 's'.repeat(32),
    LIVEKIT_URL: bench.livekit.url,
    LIVEKIT_API_KEY: bench.livekit.apiKey,
    LIVEKIT_API_SECRET: bench.livekit.apiSecret,
    SIP_PORT: '0',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    ...env,
  });
  const log = createLogger('sip-originator', 'test', config.LOG_LEVEL);
  return openEmbedded(config, 'test-node', journal, log, bench.workerFile);
}

export const trunkTo = (uri: string, credentials?: { username: string; password: string }): Trunk => ({
  id: 'trk_test',
  kind: 'embedded',
  uri,
  credentials,
  providerTrunkId: undefined,
});
