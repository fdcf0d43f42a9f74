import { factMessage, type FactEnvelope, type FactMessageType, type FactPayload } from '@callplane/contracts';
import type { Clock } from './clock.ts';

/** Tells the dispatcher what happened to the call. */
export type ReportFact = <T extends FactMessageType>(type: T, data: FactPayload<T>) => void;

/** Numbers the facts of one call from 1; the id is made of call, node and number, so telling one again changes nothing. */
export function createFactReporter(
  publish: (fact: FactEnvelope) => void,
  call: { callId: string; node: string },
  clock: Clock,
): ReportFact {
  let sequence = 0;
  return (type, data) => {
    sequence += 1;
    const id = `${call.callId}:bridge:${call.node}:${sequence}`;
    publish(factMessage(type, { id, callId: call.callId, sequence, at: Math.round(clock.now()) }, data));
  };
}
