import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOffer, createOffer, localMediaOf, readMedia } from './sdp.ts';

const local = { host: '127.0.0.1', port: 20_000 };

function offer(media: string, ...attributes: string[]): string {
  return ['v=0', 'o=- 5 6 IN IP4 10.0.0.1', 's=-', 'c=IN IP4 10.0.0.1', 't=0 0', `m=${media}`, ...attributes, ''].join(
    '\r\n',
  );
}

describe('SDP', () => {
  it('offers both codecs and telephone events', () => {
    expect(readMedia(createOffer(local))).toEqual({
      ok: true,
      media: {
        remote: local,
        codec: 'PCMU',
        payloadType: 0,
        telephoneEventType: 101,
        ptimeMs: 20,
        direction: 'sendrecv',
      },
    });
    expect(createOffer({ host: '::1', port: 4 })).toContain('c=IN IP6 ::1');
  });

  it('answers in the order of the offerer, with its payload numbers', () => {
    const result = answerOffer(
      offer('audio 4000 RTP/AVP 18 96 8 97', 'a=rtpmap:96 PCMU/8000', 'a=rtpmap:97 telephone-event/8000', 'a=ptime:30'),
      local,
    );
    if (!result.ok) throw new Error(result.problem);
    expect(result.media).toMatchObject({
      codec: 'PCMU',
      payloadType: 96,
      telephoneEventType: 97,
      ptimeMs: 30,
      remote: { host: '10.0.0.1', port: 4000 },
    });
    expect(result.sdp).toContain('m=audio 20000 RTP/AVP 96 97');
    expect(readMedia(result.sdp)).toMatchObject({
      ok: true,
      media: { codec: 'PCMU', payloadType: 96, telephoneEventType: 97 },
    });
  });

  it('refuses the other media lines in their place', () => {
    const result = answerOffer(`${offer('video 5000 RTP/AVP 99')}m=audio 4000 RTP/AVP 8\r\n`, local);
    expect(result.ok && result.sdp).toContain('m=video 0 RTP/AVP 99\r\nm=audio 20000 RTP/AVP 8');
  });

  it.each([
    ['sendonly', 'recvonly'],
    ['recvonly', 'sendonly'],
    ['inactive', 'inactive'],
    ['sendrecv', 'sendrecv'],
  ])('mirrors %s as %s', (theirs, ours) => {
    const result = answerOffer(offer('audio 4000 RTP/AVP 0', `a=${theirs}`), local);
    expect(result).toMatchObject({ ok: true, media: { direction: ours } });
    expect(result.ok && result.sdp).toContain(`a=${ours}`);
  });

  it('takes the address 0.0.0.0 for a hold', () => {
    expect(readMedia(offer('audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'))).toMatchObject({
      media: { direction: 'inactive' },
    });
  });

  it.each([
    ['srtp_required', offer('audio 4000 RTP/SAVP 0')],
    ['no_common_codec', offer('audio 4000 RTP/AVP 18 9')],
    ['no_common_codec', offer('audio 4000 RTP/AVP 0', 'a=rtpmap:0 PCMU/16000')],
    ['no_audio', offer('video 4000 RTP/AVP 99')],
    ['no_audio', offer('audio 0 RTP/AVP 0')],
    ['malformed', ''],
    ['malformed', offer('audio 99999 RTP/AVP 0')],
    ['malformed', 'v=0\r\nm=audio 4000 RTP/AVP 0\r\n'],
    ['malformed', `v=0\r\n${'a=x\r\n'.repeat(500)}`],
  ])('says %s', (problem, sdp) => {
    expect(readMedia(sdp)).toEqual({ ok: false, problem });
    expect(answerOffer(sdp, local)).toEqual({ ok: false, problem });
  });

  it('finds its own address again', () => {
    expect(localMediaOf(createOffer({ ...local, sessionId: 9, version: 10 }))).toEqual({
      ...local,
      sessionId: 9,
      version: 10,
    });
    expect(localMediaOf('rubbish')).toBeUndefined();
  });

  it('never throws, and stays fast', () => {
    const started = performance.now();
    readMedia(offer('audio ' + ' '.repeat(60_000)));
    readMedia(offer(`audio 4000 RTP/AVP ${'0 '.repeat(20_000)}`));
    expect(performance.now() - started).toBeLessThan(200);
    const line = fc.oneof(
      fc.constantFrom('v=0', 'c=IN IP4 1.2.3.4', 'm=audio 4000 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/8000', 'a=sendonly'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => void answerOffer(lines.join('\r\n'), local)),
      { numRuns: 1_000 },
    );
  });
});
