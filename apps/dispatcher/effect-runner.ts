import { hintSubject } from '@callplane/contracts';
import type { Effect, Fact } from '@callplane/domain';
import type { NatsBus } from '@callplane/messaging';
import type { CallRow } from '@callplane/persistence';
import type { Logger } from '@callplane/telemetry';
import type { CallDialer, CallEnder, EffectRunner, FactFolder, RunnerAssigner } from './ports.ts';

interface Hands {
  dialer: CallDialer;
  ender: CallEnder;
  assigner: RunnerAssigner;
  folder: FactFolder;
}

/** Turns effects into the commands of the other services. Nothing here decides; a failure is logged and left to the sweeper. */
export class Effects implements EffectRunner {
  private readonly hands: Hands;
  private readonly bus: NatsBus;
  private readonly log: Logger;

  constructor(hands: Hands, bus: NatsBus, log: Logger) {
    this.hands = hands;
    this.bus = bus;
    this.log = log;
  }

  run(row: CallRow, effects: readonly Effect[]): void {
    for (const effect of effects) {
      void this.carryOut(row, effect).catch((error: unknown) => {
        this.log.error({ err: error, call_id: row.id, effect: effect.type }, 'effect.failed');
      });
    }
  }

  private async carryOut(row: CallRow, effect: Effect): Promise<void> {
    switch (effect.type) {
      case 'open-bridge':
        return this.hands.dialer.openBridge(row);
      case 'place-leg':
        return this.hands.dialer.placeLeg(row);
      case 'start-conversation':
        return this.hands.dialer.startConversation(row.id);
      case 'hang-up-leg':
        // After the terminal write the teardown hangs up first, in its stated order.
        return row.endedAt === null ? this.hands.ender.hangUpLeg(row.id, effect.by) : undefined;
      case 'close-bridge':
        return this.hands.ender.tearDown(row);
      case 'reassign-runner':
        return this.reassign(row);
      case 'free-slot':
        this.bus.publishJson(hintSubject('slot-free', row.accountId), {});
        if (row.dialedAt === null) await this.hands.ender.tearDown(row);
        return;
      case 'emit-event': // written with the decision
      case 'release-runner': // closing the bridge closes the runner's socket
      case 'delete-room': // part of the teardown
      case 'answer-leg': // inbound calls
        return;
    }
  }

  private async reassign(row: CallRow): Promise<void> {
    const resumed = row.activeAt !== null;
    const assigned = await this.hands.assigner.assign(row, resumed);
    if (assigned.ok || row.state === 'queued') return;
    // A conversation waits for its runner until the runner_return deadline; before it starts there is nothing to wait for.
    if (resumed) return;
    const lost: Fact = {
      id: `${row.id}:agent-unavailable`,
      type: 'agent-unavailable',
      detail: assigned.detail,
      at: Date.now(),
      sequence: 0,
    };
    await this.hands.folder.fold(row.id, lost);
  }
}
