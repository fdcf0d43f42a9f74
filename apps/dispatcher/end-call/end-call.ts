import type { CallRow, DispatchStore } from '@callplane/persistence';
import { visibleStatus } from '@callplane/domain';
import type { CommandClient } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import type { CallEnder } from '../ports.ts';

/** The gateway itself waits up to 2 s for the far end's confirmation. */
const HANG_UP_MS = 3000;
const CLOSE_BRIDGE_MS = 8000;
/** A leg is hung up on the node that placed it; while `place-call` is under way that node is not known yet. */
const NODE_KNOWN_MS = 2000;

/** Ends leg, bridge and room. Every step may be done twice; what fails is left to the sweeper. */
export class EndCall implements CallEnder {
  private readonly calls: DispatchStore;
  private readonly commands: CommandClient;
  private readonly log: Logger;
  private readonly underWay = new Set<string>();

  constructor(calls: DispatchStore, commands: CommandClient, log: Logger) {
    this.calls = calls;
    this.commands = commands;
    this.log = log;
  }

  async hangUpLeg(callId: string, reason: string): Promise<void> {
    const node = await this.legNode(callId);
    if (node !== null) await this.hangUpAt(node, callId, reason);
  }

  async releaseLeg(row: CallRow, node: string): Promise<void> {
    this.log.warn({ call_id: row.id, leg_node: node }, 'leg.overstayed');
    await this.hangUpAt(node, row.id, 'call_over');
  }

  async releaseBridge(row: CallRow, node: string): Promise<void> {
    this.log.warn({ call_id: row.id, bridge_node: node }, 'bridge.overstayed');
    await this.closeBridge(row, node);
  }

  private async hangUpAt(node: string, callId: string, reason: string): Promise<void> {
    const sent = await this.commands.send('hang-up-leg', { callId, reason }, { node, timeoutMs: HANG_UP_MS });
    this.log.info(
      { call_id: callId, reason, answer: sent.outcome === 'reply' ? sent.reply : sent.outcome },
      'leg.hung_up',
    );
  }

  async tearDown(row: CallRow): Promise<void> {
    if (this.underWay.has(row.id)) return;
    this.underWay.add(row.id);
    try {
      if (row.dialedAt !== null) await this.endMedia(row);
      if (row.activeAt !== null) await this.calls.addEvent(row.id, 'call.transcript_ready');
      await this.calls.markTornDown(row.id);
    } finally {
      this.underWay.delete(row.id);
    }
  }

  private async endMedia(row: CallRow): Promise<void> {
    const stillUp = row.snapshot.legUp;
    if (stillUp) await this.hangUpLeg(row.id, 'teardown');
    const { id: callId, roomName } = row;
    const bridgeNode = row.bridgeNode ?? (await this.calls.callById(callId))?.bridgeNode ?? null;
    if (bridgeNode !== null) {
      if (await this.closeBridge(row, bridgeNode)) return;
    }
    if (roomName === null) return;
    const removed = await this.commands.send('delete-room', { callId, roomName }, { timeoutMs: 3000 });
    if (removed.outcome !== 'reply' || !removed.reply.ok) throw new Error(`room ${roomName} could not be deleted`);
  }

  private async closeBridge(row: CallRow, node: string): Promise<boolean> {
    const status = visibleStatus(row.state) === 'completed' ? ('completed' as const) : ('failed' as const);
    const order = { callId: row.id, status, endReason: row.endReason ?? 'PLATFORM_ERROR' };
    const sent = await this.commands.send('close-bridge', order, { node, timeoutMs: CLOSE_BRIDGE_MS });
    if (sent.outcome === 'reply' && sent.reply.ok) return true;
    this.log.warn({ call_id: row.id, bridge_node: node, answer: sent }, 'bridge.not_closed');
    return false;
  }

  private async legNode(callId: string): Promise<string | null> {
    const until = performance.now() + NODE_KNOWN_MS;
    for (;;) {
      const node = (await this.calls.callById(callId))?.legNode ?? null;
      if (node !== null || performance.now() > until) return node;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
