import { describe, expect, it } from 'vitest';
import { checkWebhookUrl } from './check-webhook-url.ts';

const PUBLIC = [
  'https://example.com/hooks',
  'https://8.8.8.8/x',
  'https://[2606:4700::1111]/',
  'https://example.com:8443/a?b=c',
];
const NEVER = [
  'https://10.0.0.1/',
  'https://0xa.0.0.1/',
  'https://192.168.1.1/',
  'https://172.16.5.4/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest',
  'https://0.0.0.0/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[fc00::1]/',
  'https://[fe80::1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[2002:a00:1::]/',
  'https://[::ffff:10.0.0.1]/',
  'https://intranet/',
  'https://db.internal/',
  'https://printer.local/',
];
const LOOPBACK = [
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f.0.0.1/',
  'https://017700000001/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://localhost/',
  'https://localhost./',
  'https://a.localhost/',
];

describe('checkWebhookUrl', () => {
  it.each(PUBLIC)('accepts %s', (url) => expect(checkWebhookUrl(url, false)).toBeNull());
  it.each(NEVER)('never accepts %s', (url) => {
    expect(checkWebhookUrl(url, false)).toContain('private network');
    expect(checkWebhookUrl(url, true)).toContain('private network');
  });
  it.each(LOOPBACK)('accepts %s in development only', (url) => {
    expect(checkWebhookUrl(url, false)).toContain('private network');
    expect(checkWebhookUrl(url, true)).toBeNull();
  });

  it('says what is wrong with everything else', () => {
    expect(checkWebhookUrl('nonsense', false)).toContain('not valid');
    expect(checkWebhookUrl('http://example.com/', false)).toContain('https://');
    expect(checkWebhookUrl('http://127.0.0.1:9/', true)).toBeNull();
    expect(checkWebhookUrl('ftp://example.com/', true)).toContain('http://');
    expect(checkWebhookUrl('https://u:p@example.com/', false)).toContain('user name');
    expect(checkWebhookUrl('https://example.com/#a', false)).toContain('fragment');
  });
});
