/**
 * Every NATS subject, stream and durable name of the platform is built here; nobody types one by hand.
 * General words come first, identifiers last. Ids hold only `[A-Za-z0-9_-]`, so they are single subject tokens.
 */

/** The commands, the app that owns each, and whether it goes to one named process (`node`) or to any replica (`queue`). */
export const COMMAND_ROUTES = {
  'assign-runner': { app: 'api', to: 'node' },
  'open-bridge': { app: 'media-bridge', to: 'queue' },
  'start-conversation': { app: 'media-bridge', to: 'node' },
  'close-bridge': { app: 'media-bridge', to: 'node' },
  'delete-room': { app: 'media-bridge', to: 'queue' },
  'read-bridge': { app: 'media-bridge', to: 'node' },
  'place-call': { app: 'sip-originator', to: 'queue' },
  'hang-up-leg': { app: 'sip-originator', to: 'node' },
  'read-leg': { app: 'sip-originator', to: 'node' },
} as const;

export type CommandName = keyof typeof COMMAND_ROUTES;

/** `call.command.<verb-noun>` for any replica, `call.command.<verb-noun>.<node>` for the process that holds the call. */
export function commandSubject(name: CommandName, node?: string): string {
  const route = COMMAND_ROUTES[name];
  if (route.to === 'queue') return `call.command.${name}`;
  if (node === undefined) throw new Error(`command ${name} goes to one node: name it`);
  return `call.command.${name}.${node}`;
}

/** JetStream subject of one fact: `call.fact.<noun-past>.<call_id>`. */
export const factSubject = (type: string, callId: string): string => `call.fact.${type}.${callId}`;
export const FACT_STREAM = 'CALL_FACTS';
export const FACT_FILTER = 'call.fact.>';
export const FACT_CONSUMER = 'dispatcher__track-call';

/** JetStream subject of one public event: `call.event.<noun-past>.<call_id>` (type `call.ended` -> noun `ended`). */
export const eventSubject = (type: string, callId: string): string =>
  `call.event.${type.replace(/^call\./, '')}.${callId}`;
export const EVENT_STREAM = 'CALL_EVENTS';
export const EVENT_FILTER = 'call.event.>';

/** A hint may be lost: a poll stands behind each. */
export const HINTS = ['queued', 'slot-free', 'hang-up', 'delivery-due'] as const;
export type Hint = (typeof HINTS)[number];
export const hintSubject = (hint: Hint, accountId: string): string => `call.hint.${hint}.${accountId}`;
export const hintFilter = (hint: Hint): string => `call.hint.${hint}.*`;

/** Frames a runner sent, relayed by the api process that holds its socket to the bridge. */
export const agentFrameSubject = (callId: string): string => `call.live.agent-frame.${callId}`;
/** Frames and the close order from the bridge to the api process that holds the runner's socket. */
export const bridgeFrameSubject = (callId: string): string => `call.live.bridge-frame.${callId}`;
/** Request/reply: an api process asks the bridge of this call to take a runner's new socket. */
export const attachSubject = (callId: string): string => `call.live.attach.${callId}`;
/** Request/reply: is the runner's socket of this connection still alive? The api process that holds it answers; nobody else does. */
export const holderSubject = (connectionId: string): string => `call.live.holder.${connectionId}`;
/** Live words and turns for event streams; never stored, Postgres holds the transcript. */
export const liveTurnSubject = (callId: string): string => `call.live.turn.${callId}`;

/** Once a second each process that holds calls says so; three missed beats and it is dead. */
export const beatSubject = (app: string, node: string): string => `call.beat.${app}.${node}`;
export const beatFilter = (app: string): string => `call.beat.${app}.*`;

/** Where a message goes that no consumer can settle. */
export const deadSubject = (original: string): string => `dead.${original}`;
export const DEAD_STREAM = 'DEAD_LETTERS';
export const DEAD_FILTER = 'dead.>';
