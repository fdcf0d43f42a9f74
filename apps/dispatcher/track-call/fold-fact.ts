import type { NatsBus } from '@callplane/messaging';
import type { CallRow, DispatchStore, CallWrite } from '@callplane/persistence';
import type { Logger } from '@callplane/telemetry';
import { hintSubject } from '@callplane/contracts';
import { decide, type Decision, type Fact } from '@callplane/domain';
import type { EffectRunner, FactFolder, FoldOptions, FoldResult } from '../ports.ts';
import type { CallTimers } from './call-timers.ts';

/**
 * The only way a call changes: the row is locked, `decide()` judges the fact, row, transition, events and deliveries are one
 * commit. Effects and the deadline timer follow the commit; a crash in between is mended by the sweeper.
 */
export class FoldFact implements FactFolder {
  private readonly calls: DispatchStore;
  private readonly timers: CallTimers;
  private readonly bus: NatsBus;
  private readonly log: Logger;
  private effects: EffectRunner | undefined;

  constructor(calls: DispatchStore, timers: CallTimers, bus: NatsBus, log: Logger) {
    this.calls = calls;
    this.timers = timers;
    this.bus = bus;
    this.log = log;
  }

  /** Effects fold facts in turn, so they are connected after both sides exist. */
  connectEffects(effects: EffectRunner): void {
    this.effects = effects;
  }

  async fold(callId: string, fact: Fact, options: FoldOptions = {}): Promise<FoldResult> {
    let decision: Decision | undefined;
    let lost = false;
    const row = await this.calls.changeCall(callId, (before, nowMs) => {
      if (options.fence !== undefined && before.fence !== options.fence) {
        lost = true;
        return null;
      }
      decision = decide(before.snapshot, fact, nowMs);
      return decision.verdict === 'applied' ? toWrite(decision, fact, options) : null;
    });
    if (row === undefined) return { verdict: 'unknown' };
    if (lost || decision === undefined) return { verdict: 'lost' };
    if (decision.verdict !== 'applied') {
      if (decision.verdict === 'illegal')
        this.log.error({ call_id: callId, fact: fact.type, state: row.state }, 'fact.illegal');
      return { verdict: decision.verdict };
    }
    this.announce(row, fact, decision);
    this.timers.arm(row.snapshot);
    this.effects?.run(row, decision.effects);
    return { verdict: 'applied', row };
  }

  private announce(row: CallRow, fact: Fact, decision: Decision): void {
    const { transition, call } = decision;
    if (transition === undefined) return;
    const line = {
      call_id: row.id,
      account_id: row.accountId,
      from: transition.from,
      to: transition.to,
      fact: fact.type,
    };
    this.log.info(line, 'call.moved');
    if (call.end !== undefined) {
      const { reason, endedBy, phase, sipCode, q850, rule, detail } = call.end;
      this.log.info(
        { call_id: row.id, end_reason: reason, ended_by: endedBy, phase, sip_code: sipCode, q850, rule },
        'call.ended',
      );
      if (call.end.unclassified) this.log.error({ call_id: row.id, end: call.end, detail }, 'call.end_unclassified');
    }
    if (eventsOf(decision).length > 0) this.bus.publishJson(hintSubject('delivery-due', row.accountId), {});
  }
}

function toWrite(decision: Decision, fact: Fact, options: FoldOptions): CallWrite {
  return {
    snapshot: decision.call,
    state: decision.call.state,
    fact: fact.type,
    transition: decision.transition ?? null,
    events: eventsOf(decision),
    ...(options.columns === undefined ? {} : { columns: options.columns }),
  };
}

const eventsOf = (decision: Decision): CallWrite['events'] =>
  decision.effects.flatMap((effect) => (effect.type === 'emit-event' ? [effect.event] : []));
