import {
  CORE_EVENTS,
  EXTENSION_EVENTS,
  helloFrameSchema,
  PROTOCOL_VERSION,
  SUPPORTED_VERBS,
  type HelloFrame,
} from '@callplane/contracts';

/** What a runner and we both know. */
export interface Negotiated {
  events: string[];
  verbs: string[];
}

const core = new Set<string>(CORE_EVENTS);
const ours = new Set<string>([...CORE_EVENTS, ...EXTENSION_EVENTS]);
const verbs = new Set<string>(SUPPORTED_VERBS);

/** Undefined for anything but a `hello`. */
export function readHello(text: string): HelloFrame | undefined {
  try {
    return helloFrameSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function negotiate(hello: HelloFrame): Negotiated {
  return {
    events: hello.supported_events.filter((event) => ours.has(event)),
    verbs: hello.supported_verbs.filter((verb) => verbs.has(verb)),
  };
}

/** An event the runner does not know would end its call: extensions go only to those who listed them. */
export const maySend = (event: unknown, negotiated: Negotiated): boolean =>
  typeof event === 'string' && (core.has(event) || negotiated.events.includes(event));

/** The answer to `hello`; `call.started` follows with nothing in between. */
export const helloAck = (
  callId: string,
  jobId: string,
  roomId: string,
  { events, verbs: agreed }: Negotiated,
): object => ({
  event: 'hello.ack',
  protocol_version: PROTOCOL_VERSION,
  negotiated_events: events,
  negotiated_verbs: agreed,
  call_id: callId,
  session_id: callId,
  job_id: jobId,
  room_id: roomId,
});
