import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamFramer } from '../transport/stream-framer.ts';
import { MAX_MESSAGE_BYTES, parseMessage } from './parse-message.ts';
import { parseAddress, parseSipUri } from './parse-address.ts';
import { printMessage, reasonPhrase, responseTo } from './print-message.ts';
import { fieldsOf, parseVia } from './read-fields.ts';
import { headerRecord, headerValue, headerValues } from './sip-message.ts';
import type { SipRequest } from './sip-message.ts';

const INVITE = [
  'INVITE sip:+15550100001@127.0.0.1:5070 SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKabc;rport, SIP/2.0/TCP [::1]:5062;branch=z9hG4bKdef',
  'f: "Smith, \\"J\\"" <sip:joe@example.com>;tag=1',
  'To: <sip:+15550100001@example.com>',
  'Call-ID: abc@host',
  'CSeq: 7 INVITE',
  'Subject: folded',
  '\tover two lines',
  'Contact: <sip:joe@127.0.0.1:5060>',
  'Content-Type: application/sdp',
  'Content-Length: 5',
  '',
  'v=0\r\n',
].join('\r\n');

function parsed(text: string): SipRequest {
  const result = parseMessage(Buffer.from(text));
  if (!result.ok || result.message.kind !== 'request') throw new Error('not a request');
  return result.message;
}

function problem(text: string | Buffer): string {
  const result = parseMessage(Buffer.from(text));
  return result.ok ? 'none' : result.problem;
}

describe('parseMessage', () => {
  it('reads a request with compact names, folded lines and comma-joined Vias', () => {
    const message = parsed(INVITE);
    const fields = fieldsOf(message);
    expect(message).toMatchObject({ method: 'INVITE', uri: 'sip:+15550100001@127.0.0.1:5070', body: 'v=0\r\n' });
    expect(fields).toMatchObject({ branch: 'z9hG4bKabc', callId: 'abc@host', fromTag: '1', toTag: '' });
    expect(fields.cseq).toEqual({ number: 7, method: 'INVITE' });
    expect(fields.from.displayName).toBe('Smith, "J"');
    expect(headerValues(message.headers, 'via')).toHaveLength(2);
    expect(headerValue(message.headers, 'subject')).toBe('folded over two lines');
  });

  it('prints what it read', () => {
    const message = parsed(INVITE);
    const again = parseMessage(printMessage(message));
    expect(again).toMatchObject({
      ok: true,
      message: { method: message.method, uri: message.uri, body: message.body },
    });
  });

  it('cuts trailing bytes at Content-Length and refuses a short body', () => {
    expect(parsed(`${INVITE}junk`).body).toBe('v=0\r\n');
    expect(problem(INVITE.replace('Content-Length: 5', 'Content-Length: 500'))).toBe('short_body');
    expect(problem(INVITE.replace('Content-Length: 5', 'Content-Length: -5'))).toBe('short_body');
  });

  it.each([
    ['no_header_end', 'INVITE sip:a@b SIP/2.0\r\n'],
    ['bad_start_line', INVITE.replace('SIP/2.0\r\n', 'SIP/3.0\r\n')],
    ['bad_start_line', INVITE.replace('INVITE sip', 'IN\u0000VITE sip')],
    ['bad_start_line', INVITE.replace('INVITE sip:+15550100001@127.0.0.1:5070 SIP/2.0', 'SIP/2.0 99 Low')],
    ['bad_header', INVITE.replace('Subject: folded', 'Subject')],
    ['missing_field', INVITE.replace('Call-ID: abc@host', 'X-Nothing: 1')],
    ['missing_field', INVITE.replace('CSeq: 7 INVITE', 'CSeq: 7 BYE')],
    ['missing_field', INVITE.replace('CSeq: 7', 'CSeq: 99999999999')],
    ['missing_field', INVITE.replace('127.0.0.1:5060;branch', '127.0.0.1:99999;branch')],
    ['too_large', 'A'.repeat(MAX_MESSAGE_BYTES + 1)],
    ['too_many_headers', INVITE.replace('Subject: folded', 'X: 1\r\n'.repeat(200) + 'Subject: folded')],
    ['too_many_headers', INVITE.replace('folded', 'x'.repeat(9_000))],
    ['too_many_headers', INVITE.replace('folded', `folded${`\r\n ${'x'.repeat(5_000)}`.repeat(2)}`)],
  ])('refuses: %s', (expected, text) => expect(problem(text)).toBe(expected));

  it('never lets a header value start a new line', () => {
    const message = parsed(INVITE);
    const bytes = printMessage({ ...message, headers: [...message.headers, { name: 'X-A', value: 'a\r\nX-Evil: 1' }] });
    expect(bytes.toString()).toContain('X-A: a  X-Evil: 1');
  });

  it('adds a To tag only where there is none', () => {
    const untagged = responseTo(parsed(INVITE), { status: 486, toTag: 'mine' });
    expect(headerValue(untagged.headers, 'to')).toBe('<sip:+15550100001@example.com>;tag=mine');
    expect(untagged.reason).toBe('Busy Here');
    const tagged = parsed(INVITE.replace('To: <sip:+15550100001@example.com>', 'To: <sip:x@example.com>;tag=theirs'));
    expect(headerValue(responseTo(tagged, { status: 200, toTag: 'mine' }).headers, 'to')).toContain('tag=theirs');
    expect(reasonPhrase(299)).toBe('Unknown');
  });

  it('gives all headers as one record', () => {
    expect(headerRecord(parsed(INVITE).headers)['via']).toContain('z9hG4bKdef');
  });
});

describe('addresses', () => {
  it.each([
    [
      'sip:+15550100001@127.0.0.1:5070;transport=tcp',
      { user: '+15550100001', host: '127.0.0.1', port: 5070, params: { transport: 'tcp' } },
    ],
    ['sip:%2B1555;phone-context=x@host', { user: '+1555', host: 'host' }],
    ['sip:joe:pw@[::1]:5070', { user: 'joe', host: '::1', port: 5070 }],
    ['sips:host', { scheme: 'sips', user: '', host: 'host' }],
    ['tel:+1-555;phone-context=x', { scheme: 'tel', user: '+1-555', host: '' }],
    ['sip:a%zz@host', { user: 'a%zz' }],
    ['sip:a#b@host?Subject=x', { user: 'a#b', host: 'host' }],
  ])('parses %s', (text, expected) => expect(parseSipUri(text)).toMatchObject(expected));

  it.each([
    'http://x',
    'sip:',
    'sip:a@',
    'sip:a@host:0',
    'sip:a@host:x',
    'sip:a@[',
    'sip:a@[::1',
    'sip:a@[x]',
    'sip:a@[::1]5060',
    'sip:a@ho st',
    'tel:',
    'nothing',
  ])('refuses %s', (text) => expect(parseSipUri(text)).toBeUndefined());

  it('reads name-addr and addr-spec', () => {
    expect(parseAddress('Zoë <sip:z@h>;tag=2')).toEqual({ displayName: 'Zoë', uri: 'sip:z@h', params: { tag: '2' } });
    expect(parseAddress('"a<b" <sip:z@h>')).toMatchObject({ displayName: 'a<b', uri: 'sip:z@h' });
    expect(parseAddress('sip:z@h;tag=2')).toEqual({ displayName: '', uri: 'sip:z@h', params: { tag: '2' } });
    expect(parseAddress('<tel:+1555>')).toMatchObject({ uri: 'tel:+1555' });
    for (const bad of ['', '<>', '<sip:a@b', 'no uri']) expect(parseAddress(bad)).toBeUndefined();
  });

  it('reads Via', () => {
    expect(parseVia('SIP/2.0/UDP host:5060;branch=x;rport')).toMatchObject({
      transport: 'udp',
      port: 5060,
      params: { rport: '' },
    });
    expect(parseVia('SIP/2.0/TCP [::1];branch=x')).toMatchObject({ host: '::1', port: undefined });
    expect(parseVia('HTTP/1.1 host')).toBeUndefined();
  });
});

describe('hostile input', () => {
  const hostile = [
    ' '.repeat(4_000),
    '<'.repeat(8_000),
    '"\\'.repeat(4_000),
    ';'.repeat(8_000),
    '%41'.repeat(2_000),
    ':'.repeat(8_000),
  ];
  const templates = [
    (x: string) => `From: ${x}<sip:a@b>`,
    (x: string) => `Via: ${x}`,
    (x: string) => `Contact: ${x}`,
    (x: string) => `${x}: 1`,
  ];

  it('stays fast on input made to be slow', () => {
    const started = performance.now();
    for (const x of hostile) {
      for (const template of templates) parseMessage(Buffer.from(INVITE.replace('Subject: folded', template(x))));
      parseAddress(x);
      parseSipUri(`sip:${x}@host`);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('never throws on mutated messages', () => {
    const original = Buffer.from(INVITE);
    const edit = fc.record({ at: fc.nat(original.length - 1), byte: fc.nat(255), cut: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
        let bytes = Buffer.from(original);
        for (const { at, byte, cut } of edits) {
          if (at >= bytes.length) continue;
          bytes[at] = byte;
          if (cut < 10) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + cut)]);
        }
        const result = parseMessage(bytes);
        if (result.ok) expect(parseMessage(printMessage(result.message)).ok).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('never throws on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        parseMessage(Buffer.from(noise));
        new StreamFramer().push(Buffer.from(noise));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('StreamFramer', () => {
  it('finds the same messages however the stream is cut', () => {
    const stream = Buffer.from(`\r\n\r\n${INVITE}${INVITE}\r\n`);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const framer = new StreamFramer();
        const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const found = edges.slice(1).flatMap((end, i) => framer.push(stream.subarray(edges[i], end)) ?? []);
        expect(found.map(String)).toEqual([INVITE, INVITE]);
      }),
    );
  });

  it('gives up on a stream without messages, or with an impossible length', () => {
    expect(new StreamFramer().push(Buffer.alloc(MAX_MESSAGE_BYTES + 1, 65))).toBeUndefined();
    expect(new StreamFramer().push(Buffer.from('A b SIP/2.0\r\nContent-Length: 70000\r\n\r\n'))).toBeUndefined();
    expect(new StreamFramer().push(Buffer.from('A b SIP/2.0\r\nl: x\r\n\r\n'))).toBeUndefined();
    expect(new StreamFramer().push(Buffer.from('A b SIP/2.0\r\nX: x\r\n\r\n'))).toHaveLength(1);
  });
});
