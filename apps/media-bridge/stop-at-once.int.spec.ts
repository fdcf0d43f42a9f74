import { waitFor } from '@callplane/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Caller, openBench, openOrder, Runner, type Bench } from './media-bridge.suite.ts';
import { SpeechWorker } from './speech-worker.suite.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

it('SIGINT reports the live call lost, waits a moment for the dispatcher, then ends it and leaves no room', async () => {
  const worker = new SpeechWorker(bench.bus, 'w');
  const beats: string[][] = [];
  bench.bus.subscribeJson('call.beat.media-bridge.*', (value) => beats.push((value as { callIds: string[] }).callIds));
  await bench.command(
    'open-bridge',
    openOrder('cal_1', { greeting: `A greeting ${'that takes its time '.repeat(12)}to be said.` }),
  );
  const runner = new Runner(bench, 'cal_1');
  await bench.nc.flush();
  await runner.dial('c1');
  const caller = await Caller.join(bench, 'call_cal_1', 'cal_1');
  await bench.command('start-conversation', { callId: 'cal_1', activeAt: Date.now() });
  await waitFor('the greeting', () => caller.loudAt.length > 5);
  await waitFor('a beat with the call', () => beats.some((callIds) => callIds.includes('cal_1')));
  await caller.leave();
  await bench.service.stop('SIGINT');
  expect(bench.factsOf('cal_1').at(-1)).toBe('bridge-lost {"detail":"the media-bridge is stopping"}');
  expect(runner.frames.at(-1)).toMatchObject({ t: 'close', code: 1000, reason: 'PLATFORM_ERROR' });
  expect(await bench.rooms.listRooms()).toEqual([]);
  const [segment] = await bench.transcripts.segments('cal_1');
  expect(segment?.heard).toMatch(/^A greeting/);
  worker.kill();
});
