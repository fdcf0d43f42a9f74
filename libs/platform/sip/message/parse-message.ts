import { splitOutsideQuotes } from './parse-address.ts';
import { canonicalName, headerValue } from './sip-message.ts';
import type { Header, SipMessage } from './sip-message.ts';
import { readFields } from './read-fields.ts';

/** Largest message accepted, bytes. */
export const MAX_MESSAGE_BYTES = 65_536;
const MAX_HEADERS = 128;
const MAX_LINE = 8_192;
const SPLIT_AT_COMMA = new Set(['via', 'route', 'record-route', 'contact']);

/** Outcome of parsing; `problem` is a constant word for logs and counters. */
export type ParseResult =
  { readonly ok: true; readonly message: SipMessage } | { readonly ok: false; readonly problem: ParseProblem };

/** Why bytes are not a SIP message we can handle. */
export type ParseProblem =
  'too_large' | 'no_header_end' | 'bad_start_line' | 'bad_header' | 'too_many_headers' | 'missing_field' | 'short_body';

/** Where the header part ends: the offset of the blank line and of the body, or undefined. */
export function findHeaderEnd(bytes: Buffer): { readonly head: number; readonly body: number } | undefined {
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf < 0 && lf < 0) return undefined;
  if (lf < 0 || (crlf >= 0 && crlf < lf)) return { head: crlf, body: crlf + 4 };
  return { head: lf, body: lf + 2 };
}

function isToken(text: string): boolean {
  if (text === '' || text.length > 64) return false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    const isWord = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
    if (!isWord && !"-.!%*_+`'~".includes(text[i] ?? ' ')) return false;
  }
  return true;
}

function unfold(head: string): string[] | undefined {
  const lines: string[] = [];
  for (const raw of head.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.length > MAX_LINE) return undefined;
    const isContinuation = (line.startsWith(' ') || line.startsWith('\t')) && lines.length > 1;
    if (!isContinuation) lines.push(line);
    else {
      const joined = `${lines.pop() ?? ''} ${line.trim()}`;
      if (joined.length > MAX_LINE) return undefined;
      lines.push(joined);
    }
    if (lines.length > MAX_HEADERS + 1) return undefined;
  }
  return lines;
}

function parseHeaders(lines: readonly string[]): Header[] | undefined {
  const headers: Header[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    // A lone CR would let a value end early in a laxer parser down the road.
    if (!isToken(name) || line.includes('\r')) return undefined;
    const value = line.slice(colon + 1).trim();
    if (SPLIT_AT_COMMA.has(canonicalName(name)) && value.includes(',')) {
      for (const part of splitOutsideQuotes(value, ',')) headers.push({ name, value: part.trim() });
    } else headers.push({ name, value });
  }
  return headers.length > MAX_HEADERS ? undefined : headers;
}

function parseStartLine(
  line: string,
): { method: string; uri: string } | { status: number; reason: string } | undefined {
  if (line.includes('\r')) return undefined;
  if (line.startsWith('SIP/2.0 ')) {
    const code = line.slice(8, 11);
    const status = Number(code);
    if (!Number.isInteger(status) || status < 100 || status > 699 || (line[11] ?? ' ') !== ' ') return undefined;
    return { status, reason: line.slice(12).trim() };
  }
  const [method = '', uri = '', version = '', extra] = line.split(' ', 4);
  if (version !== 'SIP/2.0' || extra !== undefined || uri === '' || !isToken(method)) return undefined;
  return { method, uri };
}

/** Parses one whole message. Never throws; time is linear in the size of the input. */
export function parseMessage(bytes: Buffer): ParseResult {
  if (bytes.length > MAX_MESSAGE_BYTES) return { ok: false, problem: 'too_large' };
  const end = findHeaderEnd(bytes);
  if (!end) return { ok: false, problem: 'no_header_end' };
  const lines = unfold(bytes.toString('utf8', 0, end.head));
  if (!lines) return { ok: false, problem: 'too_many_headers' };
  const start = parseStartLine(lines[0] ?? '');
  if (!start) return { ok: false, problem: 'bad_start_line' };
  const headers = parseHeaders(lines.slice(1));
  if (!headers) return { ok: false, problem: 'bad_header' };
  const declared = headerValue(headers, 'content-length');
  const available = bytes.length - end.body;
  const length = declared === undefined ? available : Number(declared);
  if (!Number.isInteger(length) || length < 0 || length > available) return { ok: false, problem: 'short_body' };
  const body = bytes.toString('utf8', end.body, end.body + length);
  const message: SipMessage =
    'method' in start ? { kind: 'request', ...start, headers, body } : { kind: 'response', ...start, headers, body };
  return readFields(message) ? { ok: true, message } : { ok: false, problem: 'missing_field' };
}
