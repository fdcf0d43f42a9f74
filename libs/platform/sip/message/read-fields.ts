import { parseAddress, parseParams } from './parse-address.ts';
import type { NameAddress } from './parse-address.ts';
import { headerValue, headerValues } from './sip-message.ts';
import type { SipMessage } from './sip-message.ts';

/** A parsed Via value. `host` is the sent-by host. */
export interface Via {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Readonly<Record<string, string>>;
}

/** The fields every SIP message must have, parsed. */
export interface MessageFields {
  readonly via: Via;
  readonly branch: string;
  readonly callId: string;
  readonly cseq: { readonly number: number; readonly method: string };
  readonly from: NameAddress;
  readonly to: NameAddress;
  /** Empty when absent. */
  readonly fromTag: string;
  readonly toTag: string;
}

/** Parses one Via value (`SIP/2.0/UDP host:port;branch=...`). */
export function parseVia(value: string): Via | undefined {
  const space = value.indexOf(' ');
  const protocol = value.slice(0, Math.max(0, space)).split('/');
  if (protocol.length !== 3 || protocol[0]?.toUpperCase() !== 'SIP') return undefined;
  const rest = value.slice(space + 1).trim();
  const semicolon = rest.indexOf(';');
  const sentBy = (semicolon < 0 ? rest : rest.slice(0, semicolon)).trim();
  const close = sentBy.startsWith('[') ? sentBy.indexOf(']') : -1;
  const colon = sentBy.indexOf(':', close + 1);
  const host = close > 0 ? sentBy.slice(1, close) : colon < 0 ? sentBy : sentBy.slice(0, colon).trim();
  const port = colon < 0 ? undefined : Number(sentBy.slice(colon + 1));
  if (host === '' || (port !== undefined && !(Number.isInteger(port) && port > 0 && port <= 65_535))) return undefined;
  const params = semicolon < 0 ? {} : parseParams(rest.slice(semicolon + 1));
  return { transport: protocol[2]?.toLowerCase() ?? '', host, port, params };
}

function parseCseq(value: string): { number: number; method: string } | undefined {
  const [digits = '', method = '', extra] = value.split(' ').filter((p) => p !== '');
  const number = Number(digits);
  if (!Number.isInteger(number) || number < 0 || number > 0x7fffffff || method === '' || extra !== undefined)
    return undefined;
  return { number, method };
}

const cache = new WeakMap<SipMessage, MessageFields>();

/** The mandatory fields of a message, parsed once; undefined when one is missing or malformed. */
export function readFields(message: SipMessage): MessageFields | undefined {
  const known = cache.get(message);
  if (known) return known;
  const { headers } = message;
  const via = parseVia(headerValue(headers, 'via') ?? '');
  const callId = headerValue(headers, 'call-id') ?? '';
  const cseq = parseCseq(headerValue(headers, 'cseq') ?? '');
  const from = parseAddress(headerValue(headers, 'from') ?? '');
  const to = parseAddress(headerValue(headers, 'to') ?? '');
  if (!via || callId === '' || !cseq || !from || !to) return undefined;
  if (message.kind === 'request' && message.method !== cseq.method) return undefined;
  const branch = via.params['branch'] ?? '';
  const fields = {
    via,
    branch,
    callId,
    cseq,
    from,
    to,
    fromTag: from.params['tag'] ?? '',
    toTag: to.params['tag'] ?? '',
  };
  cache.set(message, fields);
  return fields;
}

/** As `readFields`, for a message that has passed the parser. Throws on one that has not: a bug of ours. */
export function fieldsOf(message: SipMessage): MessageFields {
  const fields = readFields(message);
  if (!fields) throw new Error('SIP message without its mandatory fields');
  return fields;
}

/** URIs of the Contact headers, in order. */
export function contactUris(message: SipMessage): string[] {
  return headerValues(message.headers, 'contact').flatMap((value) => parseAddress(value)?.uri ?? []);
}
