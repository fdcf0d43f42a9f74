import { describe, expect, it, vi } from 'vitest';
import { QUIET_LOG } from './memory-bus.suite.ts';
import { SpeechError } from './providers/speech-provider.ts';
import { StreamDesk } from './stream-desk.ts';

interface Stream {
  close(): Promise<void>;
}
const request = (streamId: string, callId = 'cal_1') => ({ streamId, callId, provider: 'local' });
const stream = (onClosed: () => void) => ({ close: vi.fn(() => Promise.resolve(onClosed())) });
const openStream = (onClosed: () => void) => Promise.resolve<Stream>(stream(onClosed));

describe('the stream desk', () => {
  it('knows the calls of its open streams', async () => {
    const desk = new StreamDesk<Stream>(10, QUIET_LOG);
    await desk.open(request('a', 'cal_1'), openStream);
    await desk.open(request('b', 'cal_2'), openStream);
    expect(desk.callIds).toEqual(['cal_1', 'cal_2']);
    await desk.closeAll();
    expect(desk.callIds).toEqual([]);
  });

  it('refuses more streams than it may have, those being opened included', async () => {
    const desk = new StreamDesk<Stream>(1, QUIET_LOG);
    const [first, second] = await Promise.all([
      desk.open(request('a'), openStream),
      desk.open(request('b'), openStream),
    ]);
    expect(first).toHaveProperty('close');
    expect(second).toMatchObject({ ok: false, code: 'busy' });
    await desk.closeAll();
    expect(await desk.open(request('b'), openStream)).toHaveProperty('close');
  });

  it('replaces a stream that is asked for again', async () => {
    const desk = new StreamDesk<Stream>(1, QUIET_LOG);
    const first = (await desk.open(request('a'), openStream)) as Stream;
    const second = await desk.open(request('a'), openStream);
    expect(first.close).toHaveBeenCalledOnce();
    expect(second).not.toBe(first);
    expect(desk.callIds).toEqual(['cal_1']);
  });

  it('says why a stream cannot be had, and calls a bug one', async () => {
    const desk = new StreamDesk<Stream>(1, QUIET_LOG);
    const missing = new SpeechError('provider-missing', 'Install it.');
    expect(await desk.open(request('a'), () => Promise.reject(missing))).toEqual({
      ok: false,
      code: 'provider-missing',
      message: 'Install it.',
    });
    expect(await desk.open(request('a'), () => Promise.reject(new TypeError('oops')))).toMatchObject({
      code: 'internal',
    });
    expect(desk.callIds).toEqual([]);
  });

  it('forgets a stream that was over before it was open', async () => {
    const desk = new StreamDesk<Stream>(1, QUIET_LOG);
    await desk.open(request('a'), (onClosed) => {
      onClosed();
      return openStream(onClosed);
    });
    expect(desk.callIds).toEqual([]);
  });
});
