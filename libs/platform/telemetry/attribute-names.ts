/** Every span attribute and log key that more than one service uses. Personal data goes only under keys with a `pii` segment. */
export const ATTRIBUTES = {
  callId: 'call_id',
  accountId: 'account_id',
  node: 'node',
  command: 'command',
  fact: 'fact',
  endReason: 'end_reason',
} as const;
