import type { Fact, FactOf } from './facts.ts';
import type { CallSnapshot } from './snapshot.ts';

type EarliestField = 'ringingAt' | 'answeredAt' | 'bridgeReadyAt' | 'dialedAt' | 'hangupRequestedAt';
type LatestField = 'runnerAttachedAt' | 'runnerDetachedAt';

/** A thing happens once: of two reports the earlier time is the true one. */
function earliest(call: CallSnapshot, field: EarliestField, at: number): CallSnapshot {
  const known = call[field];
  return known !== undefined && known <= at ? call : { ...call, [field]: at };
}

function latest(call: CallSnapshot, field: LatestField, at: number): CallSnapshot {
  const known = call[field];
  return known !== undefined && known >= at ? call : { ...call, [field]: at };
}

function claim(call: CallSnapshot, at: number): CallSnapshot {
  if (call.claimedAt !== undefined) return call;
  return { ...call, claimedAt: at, agentWaitSince: call.agentWaitSince ?? at };
}

/** A released claim gives its runner back too. */
function release(call: CallSnapshot): CallSnapshot {
  if (call.claimedAt === undefined) return call;
  const { claimedAt: _claimed, runnerAttachedAt: _attached, runnerDetachedAt: _detached, ...rest } = call;
  return rest;
}

function noteRinging(call: CallSnapshot, fact: FactOf<'leg-ringing'>): CallSnapshot {
  const next = earliest(call, 'ringingAt', fact.at);
  return fact.forwarded === true && next.forwarded !== true ? { ...next, forwarded: true } : next;
}

function noteTurn(call: CallSnapshot, fact: FactOf<'caller-spoke'> | FactOf<'agent-spoke'>): CallSnapshot {
  if (fact.type === 'caller-spoke') {
    if (fact.turn <= call.callerTurns) return call;
    return { ...call, callerTurns: fact.turn, lastCallerTurnAt: fact.at };
  }
  return fact.turn <= call.agentTurns ? call : { ...call, agentTurns: fact.turn, lastAgentTurnAt: fact.at };
}

/**
 * Writes what a fact tells onto the snapshot, without moving the call. Returns the very same object when it tells
 * nothing new, so repeating a fact changes nothing and the order of facts does not matter.
 */
export function noteFact(call: CallSnapshot, fact: Fact): CallSnapshot {
  switch (fact.type) {
    case 'call-claimed':
      return claim(call, fact.at);
    case 'claim-released':
      return release(call);
    case 'dial-started':
      return { ...earliest(call, 'dialedAt', fact.at), legUp: true };
    case 'leg-ringing':
      return noteRinging(call, fact);
    case 'leg-answered':
      return earliest(call, 'answeredAt', fact.at);
    case 'bridge-ready':
      return earliest(call, 'bridgeReadyAt', fact.at);
    case 'runner-attached':
      return latest(call, 'runnerAttachedAt', fact.at);
    case 'runner-detached':
      return latest(call, 'runnerDetachedAt', fact.at);
    case 'caller-spoke':
    case 'agent-spoke':
      return noteTurn(call, fact);
    case 'hangup-requested':
      return earliest(call, 'hangupRequestedAt', fact.at);
    case 'leg-ended':
    case 'dial-failed':
    case 'inbound-refused':
      return call.legUp ? { ...call, legUp: false } : call;
    case 'runner-ended':
    case 'runner-lost':
    case 'agent-unavailable':
    case 'bridge-lost':
    case 'speech-failed':
    case 'audio-missing':
    case 'media-lost':
    case 'worker-lost':
    case 'voicemail-detected':
    case 'transfer-ended':
    case 'deadline-passed':
      return call;
  }
}
