import type { DeadlineKind, Fact } from '@callplane/domain';

/** The request is on the row once, so it is one fact however often it is told. */
export const hangUpFact = (callId: string, at: Date): Fact => ({
  id: `${callId}:hang-up`,
  type: 'hangup-requested',
  at: at.getTime(),
  sequence: 0,
});

export const deadlineFact = (callId: string, deadline: DeadlineKind, at: number): Fact => ({
  id: `${callId}:deadline:${deadline}`,
  type: 'deadline-passed',
  deadline,
  at,
  sequence: 0,
});

export const workerLostFact = (callId: string, service: string, at: number): Fact => ({
  id: `${callId}:worker-lost:${service}`,
  type: 'worker-lost',
  service,
  at,
  sequence: 0,
});
