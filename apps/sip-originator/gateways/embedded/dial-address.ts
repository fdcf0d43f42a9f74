import { parseSipUri, type InviteOptions } from '@callplane/sip';
import type { PlaceOrder } from '../sip-gateway.ts';

export type DialAddress =
  | { readonly ok: true; readonly invite: Pick<InviteOptions, 'target' | 'from'> }
  | { readonly ok: false; readonly message: string };

/** Request-URI and From of an order: the dialled number at the trunk's host, the caller id at ours. */
export function dialAddress(
  order: Pick<PlaceOrder, 'trunk' | 'to' | 'from' | 'displayName'>,
  ourHost: string,
): DialAddress {
  const { trunk, to, from, displayName } = order;
  const peer = parseSipUri(trunk.uri);
  if (peer === undefined || peer.scheme !== 'sip' || peer.host === '')
    return { ok: false, message: `the URI of trunk ${trunk.id} is not sip:host:port` };
  const transport = (peer.params['transport'] ?? 'udp').toLowerCase();
  if (transport !== 'udp' && transport !== 'tcp')
    return { ok: false, message: `trunk ${trunk.id} asks for transport ${transport}; the gateway speaks udp and tcp` };
  const hostPort = `${bracketed(peer.host)}${peer.port === undefined ? '' : `:${peer.port}`}`;
  const suffix = transport === 'tcp' ? ';transport=tcp' : '';
  const name = displayName === null ? '' : `"${printable(displayName)}" `;
  return {
    ok: true,
    invite: {
      target: `sip:${userPart(to)}@${hostPort}${suffix}`,
      from: `${name}<sip:${userPart(from)}@${bracketed(ourHost)}>`,
    },
  };
}

const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** RFC 3261 allows `+` in a user part; everything else that is not plain is escaped. */
const userPart = (user: string): string => encodeURIComponent(user).replaceAll('%2B', '+');

/** A quoted string without what would end it. */
const printable = (name: string): string => [...name].filter((c) => c >= ' ' && c !== '"' && c !== '\\').join('');
