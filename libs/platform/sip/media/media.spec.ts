import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DtmfReader, parseDtmf, printDtmf } from './dtmf.ts';
import { decodeG711, encodeG711 } from './g711.ts';
import { parseRtp, printRtp, sequenceAhead } from './rtp-packet.ts';

describe('G.711', () => {
  it.each(['PCMU', 'PCMA'] as const)('%s: every code decodes and encodes to the same sound', (codec) => {
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const sound = decodeG711(codec, codes);
    expect([...decodeG711(codec, encodeG711(codec, sound))]).toEqual([...sound]);
  });

  it.each(['PCMU', 'PCMA'] as const)('%s: a tone keeps at least 35 dB of signal to noise', (codec) => {
    const tone = Int16Array.from({ length: 800 }, (_, i) =>
      Math.round(10_000 * Math.sin((2 * Math.PI * 440 * i) / 8_000)),
    );
    const heard = decodeG711(codec, encodeG711(codec, tone));
    const power = (samples: Int16Array): number => samples.reduce((sum, s) => sum + s * s, 0);
    const noise = power(tone.map((s, i) => s - (heard[i] ?? 0)));
    expect(10 * Math.log10(power(tone) / noise)).toBeGreaterThan(35);
  });

  it('knows the published codes', () => {
    expect([...encodeG711('PCMU', Int16Array.of(0, 32_767, -32_768))]).toEqual([0xff, 0x80, 0x00]);
    expect([...encodeG711('PCMA', Int16Array.of(0, 32_767, -32_768))]).toEqual([0xd5, 0xaa, 0x2a]);
  });
});

describe('RTP', () => {
  const packet = {
    marker: true,
    payloadType: 8,
    sequence: 65_535,
    timestamp: 2 ** 32 - 1,
    ssrc: 7,
    payload: Uint8Array.of(1, 2, 3),
  };

  it('parses what it prints', () => {
    expect(parseRtp(printRtp(packet))).toEqual(packet);
  });

  it('skips contributing sources, extensions and padding', () => {
    const bytes = [0xb1, 0x08, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 5, 5, 5, 5, 42, 0, 2];
    expect(parseRtp(Uint8Array.from(bytes))?.payload).toEqual(Uint8Array.of(42));
  });

  it.each([
    [[]],
    [Array(11).fill(0x80)],
    [[0x40, ...Array(20).fill(0)]],
    [[0x80, 200, ...Array(20).fill(0)]],
    [[0x8f, 0, ...Array(12).fill(0)]],
    [[0x90, 0, ...Array(10).fill(0)]],
    [[0xa0, 0, ...Array(10).fill(0), 99]],
  ])('refuses %j', (bytes) => expect(parseRtp(Uint8Array.from(bytes as number[]))).toBeUndefined());

  it('never throws on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => void parseRtp(noise)),
      { numRuns: 3_000 },
    );
  });

  it('counts sequence numbers on a circle', () => {
    expect(sequenceAhead(0, 65_535)).toBe(1);
    expect(sequenceAhead(65_535, 0)).toBe(-1);
    expect(sequenceAhead(5, 5)).toBe(0);
  });
});

describe('telephone events', () => {
  it('reports one key a press, even when its last packets are lost', () => {
    const reader = new DtmfReader();
    const press = (digit: string, timestamp: number, end: boolean): string | undefined =>
      reader.read(timestamp, printDtmf(digit, 40, end))?.digit;
    expect([press('5', 100, false), press('5', 100, false), press('5', 100, true), press('5', 100, true)]).toEqual([
      '5',
      undefined,
      undefined,
      undefined,
    ]);
    expect([press('#', 900, false), press('D', 1_700, true)]).toEqual(['#', 'D']);
  });

  it('reads digit, length and end', () => {
    expect(parseDtmf(printDtmf('*', 100, true))).toEqual({ digit: '*', end: true, durationMs: 100 });
    expect(parseDtmf(Uint8Array.of(16, 0, 0, 0))).toBeUndefined();
    expect(parseDtmf(Uint8Array.of(1, 0))).toBeUndefined();
  });
});
