import { waitFor } from '@callplane/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bridgeUrl, HELLO, openSocketBench, Peer, PlayedBridge, PLATFORM_TOKEN, register } from './sockets.suite.ts';
import type { SocketBench } from './sockets.suite.ts';

const GOOD = { authorization: `Token ${PLATFORM_TOKEN}`, 'org-handle': 'demo' };

let bench: SocketBench;
beforeAll(async () => {
  bench = await openSocketBench();
});
afterAll(() => bench.close());

it('drains: runners go elsewhere at once, live calls keep their sockets to the end', async () => {
  const callId = await bench.createCall('job_1');
  const bridge = new PlayedBridge(bench.bus, callId);
  const call = new Peer(bridgeUrl(bench.origin, callId, 'job_1'));
  call.send(HELLO);
  await call.frame(1);
  const runner = new Peer(`${bench.origin}/v1/internal/workers`, GOOD);
  runner.send(register('echo-agent#1'));
  await runner.frame(0);

  let stopped = false;
  const stopping = bench.service.stop('SIGTERM').then(() => (stopped = true));
  expect(await runner.close()).toMatchObject({ code: 1012 });
  const late = new Peer(`${bench.origin}/v1/internal/workers`, GOOD);
  expect(await late.close()).toMatchObject({ code: 1012 });
  expect(await bench.db.query('SELECT * FROM runner')).toEqual([]);

  call.send({ event: 'agent.say', text: 'still here' });
  await waitFor('the verb', () => bridge.received.length === 1);
  expect(stopped).toBe(false);
  bridge.close(1000, 'USER_HUNG_UP_IN_CALL');
  expect(await call.close()).toEqual({ code: 1000, reason: 'USER_HUNG_UP_IN_CALL' });
  await stopping;
});
