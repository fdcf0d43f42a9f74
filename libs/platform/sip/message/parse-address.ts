/** A parsed SIP or tel URI. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips' | 'tel';
  /** Percent-decoded user part; the number of a tel URI. */
  readonly user: string;
  /** Empty for tel. IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** URI parameters, names lower-case; value empty when a parameter has none. */
  readonly params: Readonly<Record<string, string>>;
}

/** A name-addr or addr-spec with its header parameters (tag among them). */
export interface NameAddress {
  readonly displayName: string;
  readonly uri: string;
  readonly params: Readonly<Record<string, string>>;
}

function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `;a=b;c` to a record with lower-case names. Quotes around values are removed. */
export function parseParams(text: string): Record<string, string> {
  const params = new Map<string, string>();
  for (const part of splitOutsideQuotes(text, ';')) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name === '') continue;
    const value = equals < 0 ? '' : part.slice(equals + 1).trim();
    params.set(name, unquote(value));
  }
  return Object.fromEntries(params);
}

/** Removes surrounding double quotes and backslash escapes. */
export function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  let out = '';
  for (let i = 1; i < value.length - 1; i += 1) {
    if (value[i] === '\\' && i < value.length - 2) i += 1;
    out += value[i] ?? '';
  }
  return out;
}

/** Splits at a separator that is outside double quotes and angle brackets. Linear in the length of the text. */
export function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i += 1;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '<') depth += 1;
    else if (c === '>') depth = Math.max(0, depth - 1);
    else if (c === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Letters, digits, dots, hyphens and underscores; hex digits and colons in brackets. */
function isHost(host: string, isBracketed: boolean): boolean {
  const allowed = isBracketed ? '0123456789abcdefABCDEF:.' : '-._';
  for (let i = 0; i < host.length; i += 1) {
    const c = host.charCodeAt(i) | 0x20;
    const isWord = (c >= 97 && c <= 122) || (host.charCodeAt(i) >= 48 && host.charCodeAt(i) <= 57);
    if (!(isWord && !isBracketed) && !allowed.includes(host[i] ?? ' ')) return false;
  }
  return host !== '' && host.length <= 255;
}

function splitHostPort(text: string): { host: string; port: number | undefined } | undefined {
  const isBracketed = text.startsWith('[');
  const close = isBracketed ? text.indexOf(']') : -1;
  if (isBracketed && close < 0) return undefined;
  const colon = text.indexOf(':', close + 1);
  const end = colon < 0 ? text.length : colon;
  const host = isBracketed ? text.slice(1, close) : text.slice(0, end);
  if (!isHost(host, isBracketed) || (isBracketed && end !== close + 1)) return undefined;
  if (colon < 0) return { host, port: undefined };
  const port = Number(text.slice(colon + 1));
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** Parses a sip:, sips: or tel: URI; undefined when it is none or malformed. */
export function parseSipUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':');
  const scheme = text.slice(0, Math.max(0, colon)).toLowerCase();
  if (scheme !== 'sip' && scheme !== 'sips' && scheme !== 'tel') return undefined;
  const question = text.indexOf('?');
  const rest = text.slice(colon + 1, question < 0 ? undefined : question);
  if (scheme === 'tel') {
    const [number = '', ...params] = rest.split(';');
    return number === ''
      ? undefined
      : { scheme, user: number, host: '', port: undefined, params: parseParams(params.join(';')) };
  }
  const at = rest.lastIndexOf('@');
  const semicolon = rest.indexOf(';', at + 1);
  const hostPort = splitHostPort(rest.slice(at + 1, semicolon < 0 ? undefined : semicolon));
  if (!hostPort) return undefined;
  const userInfo = at < 0 ? '' : rest.slice(0, at);
  // A password and telephone-subscriber parameters may follow the user; neither is part of the number.
  const user = decodePercent(userInfo.split(':', 1)[0]?.split(';', 1)[0] ?? '');
  return { scheme, user, ...hostPort, params: semicolon < 0 ? {} : parseParams(rest.slice(semicolon + 1)) };
}

/** Parses `"Name" <uri>;params` or `uri;params`; undefined when there is no URI in it. */
export function parseAddress(text: string): NameAddress | undefined {
  const open = indexOutsideQuotes(text, '<');
  if (open >= 0) {
    const close = text.indexOf('>', open);
    if (close < 0) return undefined;
    const uri = text.slice(open + 1, close).trim();
    if (uri === '') return undefined;
    return { displayName: unquote(text.slice(0, open).trim()), uri, params: parseParams(text.slice(close + 1)) };
  }
  // Without brackets every parameter belongs to the header (RFC 3261 20.10).
  const semicolon = text.indexOf(';');
  const uri = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  if (uri === '' || !uri.includes(':')) return undefined;
  return { displayName: '', uri, params: semicolon < 0 ? {} : parseParams(text.slice(semicolon + 1)) };
}

function indexOutsideQuotes(text: string, wanted: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (quoted && text[i] === '\\') i += 1;
    else if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text[i] === wanted) return i;
  }
  return -1;
}
