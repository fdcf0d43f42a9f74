/** One header line; the name as received or as it will be sent. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** A SIP request. `headers` keeps order and repeats; `body` is text (SDP). */
export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly Header[];
  readonly body: string;
}

/** A SIP response. */
export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly Header[];
  readonly body: string;
}

/** Either. */
export type SipMessage = SipRequest | SipResponse;

const COMPACT: Readonly<Record<string, string>> = {
  i: 'call-id',
  m: 'contact',
  e: 'content-encoding',
  l: 'content-length',
  c: 'content-type',
  f: 'from',
  s: 'subject',
  k: 'supported',
  t: 'to',
  v: 'via',
};

/** Lower-case, long form of a header name (`v` -> `via`). */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return COMPACT[lower] ?? lower;
}

/** Values of every header of that (lower-case, long) name, in order. */
export function headerValues(headers: readonly Header[], name: string): string[] {
  return headers.filter((h) => canonicalName(h.name) === name).map((h) => h.value);
}

/** First value of that (lower-case, long) name. */
export function headerValue(headers: readonly Header[], name: string): string | undefined {
  return headers.find((h) => canonicalName(h.name) === name)?.value;
}

/** All headers as one object with lower-case long names; repeats joined by a comma. */
export function headerRecord(headers: readonly Header[]): Record<string, string> {
  const record = new Map<string, string>();
  for (const { name, value } of headers) {
    const key = canonicalName(name);
    const before = record.get(key);
    record.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(record);
}
