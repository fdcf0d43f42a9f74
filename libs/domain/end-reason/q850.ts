import type { EndReason } from './end-reasons.ts';

/**
 * Q.850 causes of a call that was never answered (mapping after RFC 3398 7.2.4.1). Causes that say nothing
 * (16 normal clearing, 31 normal unspecified, 111 protocol error, 127 interworking) are left out on purpose.
 */
export const Q850_REASONS: Readonly<Record<number, EndReason>> = {
  1: 'SIP_FAILED_WRONG_NUMBER',
  2: 'SIP_FAILED_ROUTING',
  3: 'SIP_FAILED_WRONG_NUMBER',
  17: 'USER_BUSY',
  18: 'USER_DID_NOT_PICK_UP',
  19: 'USER_DID_NOT_PICK_UP',
  20: 'USER_UNREACHABLE',
  21: 'USER_HUNG_UP_RINGING',
  22: 'SIP_FAILED_WRONG_NUMBER',
  25: 'SIP_FAILED_ROUTING',
  27: 'USER_UNREACHABLE',
  28: 'SIP_FAILED_WRONG_NUMBER',
  34: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  38: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  41: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  42: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  47: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  55: 'SIP_FAILED_NUMBER_BLOCKED',
  57: 'SIP_FAILED_NUMBER_BLOCKED',
  58: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  65: 'SIP_FAILED_MEDIA',
  70: 'SIP_FAILED_MEDIA',
  87: 'SIP_FAILED_NUMBER_BLOCKED',
  88: 'SIP_FAILED_MEDIA',
  102: 'SIP_FAILED_TRUNK_UNAVAILABLE',
};

/** The flavours of "user unavailable": beside a 480 they leave the decision to how long the phone rang. */
export const Q850_USER_UNAVAILABLE: ReadonlySet<number> = new Set([18, 19, 20]);

/** Causes in a BYE that say the network broke, not that a person hung up. */
export const Q850_NETWORK_BROKE: ReadonlySet<number> = new Set([27, 38, 41, 42, 47]);
