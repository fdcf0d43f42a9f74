import { canonicalName } from './sip-message.ts';
import type { Header, SipMessage, SipRequest, SipResponse } from './sip-message.ts';

const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  600: 'Busy Everywhere',
  603: 'Decline',
};

/** The usual reason phrase of a status. */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? 'Unknown';
}

/** Line breaks inside a value would start a new header: they become spaces. */
function singleLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replaceAll('\r', ' ').replaceAll('\n', ' ') : text;
}

/** Prints a message; Content-Length is computed in bytes and put last. */
export function printMessage(message: SipMessage): Buffer {
  const start =
    message.kind === 'request'
      ? `${message.method} ${singleLine(message.uri)} SIP/2.0`
      : `SIP/2.0 ${message.status} ${singleLine(message.reason)}`;
  const lines = message.headers
    .filter((h) => canonicalName(h.name) !== 'content-length')
    .map((h) => `${singleLine(h.name)}: ${singleLine(h.value)}`);
  const body = Buffer.from(message.body, 'utf8');
  const head = [start, ...lines, `Content-Length: ${body.length}`, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'utf8'), body]);
}

const COPIED = new Set(['via', 'from', 'to', 'call-id', 'cseq']);

/** A response to `request`: its Vias, From, To (with `toTag` added when it has none), Call-ID and CSeq, then `extra`. */
export function responseTo(
  request: SipRequest,
  answer: { status: number; reason?: string; toTag?: string; headers?: readonly Header[]; body?: string },
): SipResponse {
  const copied = request.headers
    .filter((h) => COPIED.has(canonicalName(h.name)))
    .map((h) => {
      const isUntaggedTo = canonicalName(h.name) === 'to' && !hasTag(h.value);
      return isUntaggedTo && answer.toTag !== undefined ? { name: h.name, value: `${h.value};tag=${answer.toTag}` } : h;
    });
  const recorded = request.headers.filter((h) => canonicalName(h.name) === 'record-route');
  return {
    kind: 'response',
    status: answer.status,
    reason: answer.reason ?? reasonPhrase(answer.status),
    headers: [...copied, ...recorded, ...(answer.headers ?? [])],
    body: answer.body ?? '',
  };
}

function hasTag(toValue: string): boolean {
  const afterUri = toValue.slice(toValue.lastIndexOf('>') + 1);
  return afterUri.toLowerCase().includes(';tag=');
}
