import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activeTraceId, carryTrace, continueTrace, inSpan, startTelemetry, type Telemetry } from './index.ts';

const received: { path: string; bytes: Buffer }[] = [];
const collector = createServer((request, response) => void collect(request).then(() => response.writeHead(200).end()));
let telemetry: Telemetry;

async function collect(request: IncomingMessage): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  received.push({ path: request.url ?? '', bytes: Buffer.concat(chunks) });
}

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  telemetry = startTelemetry('api', 'api-1', `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`);
});
afterAll(() => collector.close());

describe('traces with a collector configured', () => {
  it('carry one trace over a hop, mark failures, and reach the collector', async () => {
    const headers = new Map<string, string>();
    const first = await inSpan('request-call', { call_id: 'cal_1' }, () => {
      for (const [name, value] of Object.entries(carryTrace())) headers.set(name, value);
      return Promise.resolve(activeTraceId());
    });
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get('traceparent')).toContain(first);
    const second = continueTrace(
      (name) => headers.get(name),
      () => inSpan('admit-call', {}, () => Promise.resolve(activeTraceId())),
    );
    expect(await second).toBe(first);
    await expect(inSpan('place-call', {}, () => Promise.reject(new Error('no trunk')))).rejects.toThrow('no trunk');
    await telemetry.stop();
    const sent = received.filter(({ path }) => path === '/v1/traces').map(({ bytes }) => bytes.toString('latin1'));
    const all = sent.join();
    for (const text of ['request-call', 'admit-call', 'place-call', 'callplane-api', 'cal_1', 'no trunk'])
      expect(all).toContain(text);
  });

  it('cost nothing without one', async () => {
    const off = startTelemetry('api', 'api-1', undefined);
    await off.stop();
  });
});
