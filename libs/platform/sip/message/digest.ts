import { createHash } from 'node:crypto';
import { parseParams, splitOutsideQuotes } from './parse-address.ts';

const HASHES = { MD5: 'md5', 'MD5-SESS': 'md5', 'SHA-256': 'sha256', 'SHA-256-SESS': 'sha256' } as const;
type Algorithm = keyof typeof HASHES;

/** A digest challenge that we can answer. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the far end wrote it; undefined means MD5 and is not echoed. */
  readonly algorithm: string | undefined;
  /** False: the old formula without qop. */
  readonly qopAuth: boolean;
  /** The nonce expired; the password was right. */
  readonly stale: boolean;
}

/** What to prove, and with what. */
export interface DigestRequest {
  readonly method: string;
  readonly uri: string;
  readonly username: string;
  readonly password: string;
  /** Random, fresh for each answer. */
  readonly cnonce: string;
}

function algorithmOf(name: string | undefined): Algorithm | undefined {
  const upper = (name ?? 'MD5').toUpperCase();
  return upper in HASHES ? (upper as Algorithm) : undefined;
}

function parseChallenge(value: string): DigestChallenge | undefined {
  const space = value.indexOf(' ');
  if (value.slice(0, Math.max(0, space)).toLowerCase() !== 'digest') return undefined;
  const params = new Map<string, string>();
  for (const part of splitOutsideQuotes(value.slice(space + 1), ',')) {
    for (const [k, v] of Object.entries(parseParams(part))) params.set(k, v);
  }
  const [realm, nonce, algorithm, qop] = ['realm', 'nonce', 'algorithm', 'qop'].map((k) => params.get(k));
  if (realm === undefined || nonce === undefined || algorithmOf(algorithm) === undefined) return undefined;
  const offers = qop?.split(',').map((q) => q.trim().toLowerCase());
  if (offers && !offers.includes('auth')) return undefined;
  const stale = params.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, opaque: params.get('opaque'), algorithm, qopAuth: offers !== undefined, stale };
}

/** The strongest challenge we can answer (SHA-256 before MD5) out of WWW- or Proxy-Authenticate values. */
export function readChallenge(values: readonly string[]): DigestChallenge | undefined {
  const usable = values.flatMap((value) => parseChallenge(value) ?? []);
  return usable.find((c) => algorithmOf(c.algorithm)?.startsWith('SHA')) ?? usable[0];
}

function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The value of an Authorization or Proxy-Authorization header that answers the challenge (RFC 2617, RFC 8760). */
export function answerChallenge(challenge: DigestChallenge, request: DigestRequest): string {
  const algorithm = algorithmOf(challenge.algorithm) ?? 'MD5';
  const hash = (text: string): string => createHash(HASHES[algorithm]).update(text, 'utf8').digest('hex');
  const { username, password, method, uri, cnonce } = request;
  const base = hash(`${username}:${challenge.realm}:${password}`);
  const secret = algorithm.endsWith('-SESS') ? hash(`${base}:${challenge.nonce}:${cnonce}`) : base;
  const count = '00000001';
  const middle = challenge.qopAuth ? `${challenge.nonce}:${count}:${cnonce}:auth` : challenge.nonce;
  const response = hash(`${secret}:${middle}:${hash(`${method}:${uri}`)}`);
  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(challenge.realm)}`,
    `nonce=${quote(challenge.nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    ...(challenge.algorithm === undefined ? [] : [`algorithm=${challenge.algorithm}`]),
    ...(challenge.opaque === undefined ? [] : [`opaque=${quote(challenge.opaque)}`]),
    ...(challenge.qopAuth || algorithm.endsWith('-SESS') ? [`cnonce="${cnonce}"`] : []),
    ...(challenge.qopAuth ? ['qop=auth', `nc=${count}`] : []),
  ];
  return `Digest ${parts.join(', ')}`;
}
