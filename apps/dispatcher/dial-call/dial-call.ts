import type { DialFailure, Fact, FactType } from '@callplane/domain';
import type { CallRow, DispatchStore, RouteStore } from '@callplane/persistence';
import type { CommandClient } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import type { CallDialer, CallEnder, FactFolder, FoldResult } from '../ports.ts';

const OPEN_BRIDGE_MS = 8000;
const PLACE_CALL_MS = 5000;
/** How long a command nobody answers is offered again: a service that restarts is back by then, and nothing was done yet. */
const NOBODY_MS = 5000;
const OFFER_AGAIN_MS = 200;

export interface DialNeeds {
  routes: RouteStore;
  calls: DispatchStore;
  commands: CommandClient;
  folder: FactFolder;
  ender: CallEnder;
  log: Logger;
}

/** Opens the bridge and places the leg, side by side, once the dial intent is committed. */
export class DialCall implements CallDialer {
  private readonly routes: RouteStore;
  private readonly calls: DispatchStore;
  private readonly commands: CommandClient;
  private readonly folder: FactFolder;
  private readonly ender: CallEnder;
  private readonly log: Logger;

  constructor(needs: DialNeeds) {
    this.routes = needs.routes;
    this.calls = needs.calls;
    this.commands = needs.commands;
    this.folder = needs.folder;
    this.ender = needs.ender;
    this.log = needs.log;
  }

  async openBridge(row: CallRow): Promise<void> {
    const route = await this.routes.forCall(row.id);
    if (route === undefined || row.roomName === null)
      return this.dialFailed(row, 'configuration', 'the call has no voice profile');
    const order = { callId: row.id, fence: row.fence, roomName: row.roomName, jobId: row.jobId ?? '', ...route };
    const sent = await this.offer(() => this.commands.send('open-bridge', order, { timeoutMs: OPEN_BRIDGE_MS }));
    if (sent.outcome === 'reply' && sent.reply.ok) {
      await this.calls.nameNode(row.id, row.fence, 'bridge_node', sent.reply.node);
      const ready = await this.fold(row, { type: 'bridge-ready' });
      // Too late: the call was over before the bridge was there, so nobody else will close it.
      const now = ready.verdict === 'late' ? await this.calls.callById(row.id) : undefined;
      if (now !== undefined && now.endedAt !== null) await this.ender.releaseBridge(now, sent.reply.node);
      return;
    }
    const detail =
      sent.outcome === 'reply' && !sent.reply.ok ? `${sent.reply.code}: ${sent.reply.message}` : describe(sent);
    this.log.error({ call_id: row.id, detail }, 'bridge.not_opened');
    const speech = /^(stt|tts)_/.exec(detail)?.[1];
    if (speech !== undefined) await this.fold(row, { type: 'speech-failed', which: speech, detail });
    else await this.fold(row, { type: 'bridge-lost', detail });
  }

  async placeLeg(row: CallRow): Promise<void> {
    if (row.trunkId === null || row.toNumber === null || row.roomName === null) {
      return this.dialFailed(row, 'configuration', 'the call has no trunk: attach its number to one');
    }
    const { ringTimeoutMs, maxDurationMs } = row.snapshot.settings;
    const order = {
      callId: row.id,
      fence: row.fence,
      roomName: row.roomName,
      participantIdentity: `sip_${row.id}`,
      trunkId: row.trunkId,
      to: row.toNumber,
      from: row.fromNumber ?? 'anonymous',
      displayName: null,
      ringTimeoutMs,
      maxDurationMs,
    };
    const sent = await this.offer(() => this.commands.send('place-call', order, { timeoutMs: PLACE_CALL_MS }));
    if (sent.outcome === 'unknown') {
      // It may have rung: only the leg's own facts or the ring deadline may tell. Dialling again is never an answer.
      this.log.error({ call_id: row.id, detail: sent.detail }, 'call.placing_unknown');
      return;
    }
    if (sent.outcome === 'nobody') return this.dialFailed(row, 'platform', 'no sip-originator answers');
    if (sent.reply.ok) return this.calls.nameNode(row.id, row.fence, 'leg_node', sent.reply.node);
    // Its leg is up somewhere: its facts will tell.
    if (sent.reply.code === 'already_dialled') return;
    return this.dialFailed(row, sent.reply.code.startsWith('trunk') ? 'trunk' : 'platform', sent.reply.message);
  }

  async startConversation(callId: string): Promise<void> {
    const row = await this.calls.callById(callId);
    if (row?.bridgeNode === null || row === undefined) return;
    const order = { callId, activeAt: row.activeAt?.getTime() ?? Date.now() };
    const sent = await this.commands.send('start-conversation', order, { node: row.bridgeNode, timeoutMs: 3000 });
    if (sent.outcome === 'reply' && sent.reply.ok) return;
    this.log.error({ call_id: callId, answer: sent }, 'conversation.not_started');
    await this.fold(row, { type: 'bridge-lost', detail: 'the bridge did not start the conversation' });
  }

  private async offer<T extends Sent>(send: () => Promise<T>): Promise<T> {
    const until = performance.now() + NOBODY_MS;
    let sent = await send();
    while (nothingDone(sent) && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, OFFER_AGAIN_MS));
      sent = await send();
    }
    return sent;
  }

  private async dialFailed(row: CallRow, why: DialFailure, detail: string): Promise<void> {
    await this.fold(row, { type: 'dial-failed', why, detail });
  }

  private async fold(row: CallRow, fact: { type: FactType } & Record<string, unknown>): Promise<FoldResult> {
    const id = `${row.id}:${fact.type}:${row.fence}`;
    return this.folder.fold(row.id, { ...fact, id, at: Date.now(), sequence: 0 } as unknown as Fact);
  }
}

type Sent = { outcome: 'nobody' | 'unknown' } | { outcome: 'reply'; reply: { ok: boolean; code?: string } };

/** Nobody took the order, or a process that is going down gave it back: another one may. */
function nothingDone(sent: Sent): boolean {
  return sent.outcome === 'nobody' || (sent.outcome === 'reply' && sent.reply.code === 'draining');
}

function describe(sent: { outcome: string; detail?: string }): string {
  return sent.outcome === 'nobody' ? 'no media-bridge answers' : (sent.detail ?? sent.outcome);
}
