import type { Cause, CauseType, DeadlineKind, LegEnd } from './cause.ts';

/** Causes within the settle window of each other rank in this order. */
export const PRECEDENCE = [
  'leg_failed',
  'far_end_hung_up',
  'operator',
  'agent',
  'detector',
  'deadline',
  'loss',
  'other',
] as const;
/** See PRECEDENCE. */
export type PrecedenceClass = (typeof PRECEDENCE)[number];

const BY_TYPE: Record<Exclude<CauseType, 'leg-ended' | 'runner-ended' | 'deadline-passed'>, PrecedenceClass> = {
  'hangup-requested': 'operator',
  'transfer-ended': 'agent',
  'voicemail-detected': 'detector',
  'agent-unavailable': 'loss',
  'runner-lost': 'loss',
  'bridge-lost': 'loss',
  'media-lost': 'loss',
  'audio-missing': 'loss',
  'worker-lost': 'loss',
  'speech-failed': 'other',
  'dial-failed': 'other',
  'inbound-refused': 'other',
};

const BY_DEADLINE: Record<DeadlineKind, PrecedenceClass> = {
  silence: 'detector',
  max_duration: 'deadline',
  ring: 'deadline',
  idle: 'deadline',
  queue_age: 'deadline',
  agent_wait: 'deadline',
  runner_return: 'loss',
  connect: 'other',
  settle: 'other',
};

function classOfLegEnd(end: LegEnd): PrecedenceClass {
  if (end.by === 'local') return 'deadline';
  if (end.phase === 'talk' && end.how !== 'bye' && end.how !== 'cancel') return 'loss';
  return end.by === 'remote' && end.how !== 'response' ? 'far_end_hung_up' : 'leg_failed';
}

/** The precedence class of a cause. */
export function precedenceOf(cause: Cause): PrecedenceClass {
  if (cause.type === 'leg-ended') return classOfLegEnd(cause.end);
  if (cause.type === 'runner-ended') return cause.how === 'error' ? 'loss' : 'agent';
  return cause.type === 'deadline-passed' ? BY_DEADLINE[cause.deadline] : BY_TYPE[cause.type];
}

/**
 * True for the end of a leg that we ended ourselves: our BYE, CANCEL or refusal, and the 487 that answers our CANCEL.
 * It follows from a cause and never is one, unless nothing else is known.
 */
export function isConsequence(cause: Cause): boolean {
  if (cause.type !== 'leg-ended') return false;
  const { by, how, status } = cause.end;
  return by === 'local' ? how !== 'timeout' : by === 'remote' && how === 'response' && status === 487;
}
