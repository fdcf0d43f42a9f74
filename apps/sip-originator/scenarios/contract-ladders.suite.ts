import {
  answer,
  answerAndKeep,
  expectBye,
  expectCancel,
  hangUp,
  invited,
  pause,
  refuse,
  ring,
  type Step,
} from '@callplane/testing';

/** What sipp does for each behaviour of the SipGateway contract. */
export const CONTRACT_LADDERS = {
  answers: [invited, ring, pause(50), answer, expectBye],
  'answers-then-hangs-up': [invited, ring, answerAndKeep, pause(200), hangUp()],
  busy: [invited, ring, pause(100), refuse('486 Busy Here')],
  declines: [invited, refuse('603 Decline')],
  rings: [invited, ring, expectCancel],
} as const satisfies Record<string, Step[]>;
