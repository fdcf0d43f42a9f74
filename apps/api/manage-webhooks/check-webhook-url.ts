import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Addresses that no webhook may go to: private networks, and ranges nobody reaches over the internet. */
const CLOSED = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  CLOSED.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  CLOSED.addSubnet(network, prefix, 'ipv6');

/**
 * What is wrong with a webhook URL, as a sentence; null = nothing. Only the text is judged: where a name points to is checked
 * at every delivery, when the connection is made. `development` also allows http and this machine's own loopback addresses.
 */
export function checkWebhookUrl(text: string, development: boolean): string | null {
  const url = URL.parse(text);
  if (url === null) return 'The URL is not valid: give one like https://example.com/hooks.';
  if (url.protocol !== 'https:' && !(development && url.protocol === 'http:'))
    return `The URL must begin with https://${development ? ' or http://' : ''}.`;
  if (url.username !== '' || url.password !== '')
    return 'The URL must not hold a user name or password: deliveries are signed instead.';
  if (url.hash !== '') return 'The URL must not have a fragment (#...).';
  if (isClosed(url.hostname, development))
    return 'The URL points to this machine or to a private network: give a public address.';
  return null;
}

function isClosed(hostname: string, development: boolean): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const version = isIP(host);
  if (version === 0) {
    if (host === 'localhost' || host.endsWith('.localhost')) return !development;
    return /\.(local|internal)$/.test(host) || !host.includes('.');
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return LOOPBACK.check(host, family) ? !development : CLOSED.check(host, family);
}
