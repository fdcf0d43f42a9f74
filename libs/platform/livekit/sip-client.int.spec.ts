import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSipClient, type CreateSipParticipantRequest } from './index.ts';

/** Speaks the server's side of the Twirp call; no LiveKit SIP service can run here. */
let server: Server;
let url: string;
let answer: { status: number; body: unknown };
let asked: Record<string, unknown>;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    request.on('end', () => {
      asked = JSON.parse(text) as Record<string, unknown>;
      response.writeHead(answer.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

const request: CreateSipParticipantRequest = {
  trunkId: 'ST_1',
  to: '+15550100001',
  from: '+15550100002',
  roomName: 'call_1',
  participantIdentity: 'sip_1',
  ringTimeoutMs: 44_100,
  maxDurationMs: 3_600_000,
  waitUntilAnswered: true,
  participantName: 'Caller',
  displayName: 'Acme',
  attributes: { call_id: 'cal_1' },
  headers: { 'X-Call': '1' },
};

const access = { apiKey: 'devkey', apiSecret: 's'.repeat(40) };

describe('createSipClient', () => {
  it('sends what LiveKit wants and returns the SIP Call-ID', async () => {
    answer = { status: 200, body: { participant_identity: 'sip_1', sip_call_id: 'SCL_9', future_field: 1 } };
    const outcome = await createSipClient({ url, ...access }).createSipParticipant(request);
    expect(outcome).toEqual({ outcome: 'created', participantIdentity: 'sip_1', sipCallId: 'SCL_9' });
    expect(asked).toMatchObject({
      sipTrunkId: 'ST_1',
      sipCallTo: '+15550100001',
      sipNumber: '+15550100002',
      roomName: 'call_1',
      ringingTimeout: '45s',
      maxCallDuration: '3600s',
      waitUntilAnswered: true,
      headers: { 'X-Call': '1' },
      participantAttributes: { call_id: 'cal_1' },
    });
  });

  it('reads the raw SIP status out of the error', async () => {
    const meta = { sip_status_code: '486', sip_status: 'Busy Here', error_details: 'x' };
    answer = { status: 503, body: { code: 'unavailable', msg: 'twirp error', meta } };
    const outcome = await createSipClient({ url, ...access }).createSipParticipant(request);
    expect(outcome).toEqual({ outcome: 'sip', status: 486, reason: 'Busy Here', metadata: meta });
  });

  it('tells a refusal of the API from an answer that never came', async () => {
    const client = createSipClient({ url, ...access });
    answer = { status: 404, body: { code: 'not_found', msg: 'no such trunk' } };
    expect(await client.createSipParticipant(request)).toEqual({
      outcome: 'refused',
      code: 'not_found',
      message: 'no such trunk',
    });
    answer = { status: 500, body: { code: 'internal', msg: 'boom' } };
    expect(await client.createSipParticipant(request)).toMatchObject({ outcome: 'unknown' });
    const nobody = createSipClient({ url: 'ws://127.0.0.1:1', ...access });
    expect(await nobody.createSipParticipant({ ...request, waitUntilAnswered: false })).toMatchObject({
      outcome: 'unknown',
    });
  });
});
