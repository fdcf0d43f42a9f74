import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  answer,
  answerAndKeep,
  expectBye,
  expectCancel,
  hangUp,
  invited,
  pause,
  play,
  refuse,
  ring,
  startFarEnd,
  waitFor,
  type FarEndOptions,
  type Step,
} from '@callplane/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from '../support/platform.ts';
import { echo, hangUpAfterFirstTurn, startRunner } from '../support/runner.ts';
import { WebhookSink } from '../support/webhook-sink.ts';

const RECORDINGS = join(import.meta.dirname, '../../apps/test-phone/recordings');
const AGENT = 'e2e-ladders';
const ENDER = 'e2e-ender';

const platform = new Platform();
const folder = mkdtempSync(join(tmpdir(), 'callplane-ladders-'));
const speak = (name: string): string => play(join(RECORDINGS, `${name}.wav`), join(folder, `${name}.ulaw`));
let sink: WebhookSink;
let idlePorts = 0;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  idlePorts = platform.sipPorts();
  sink = await WebhookSink.register(platform);
  const hints = ['hello who is this', 'thank you goodbye', 'what time do you open tomorrow'];
  for (const agent_id of [AGENT, ENDER]) {
    const agent = { agent_id, name: agent_id, brain: { type: 'runner' }, voice_profile: 'vp_en_clear', hints };
    expect(
      (
        await platform.rest('POST', '/agents', {
          ...agent,
          recording: false,
          max_call_duration_s: 120,
          max_concurrent: 1,
        })
      ).status,
    ).toBe(201);
  }
  const runners = await Promise.all([
    startRunner(platform, AGENT, echo),
    startRunner(platform, ENDER, hangUpAfterFirstTurn),
  ]);
  closers.push(
    ...runners.map(({ stop }) => stop),
    () => sink.close(platform),
    () => rmSync(folder, { recursive: true }),
  );
});
afterAll(async () => {
  for (const close of closers) await close();
});

interface Expectation {
  statuses: string[];
  endReason: string;
  endedBy: string;
  sipCode?: number;
  /** Start lines at the far end: `<` what it got, `>` what it sent. */
  ladder: string[];
}

interface Ladder extends Expectation {
  name: string;
  steps: Step[];
  agent?: string;
  far?: FarEndOptions;
  /** Done once the call shows this status. */
  hangUpWhen?: 'ringing' | 'active';
}

const LADDERS: Ladder[] = [
  {
    name: 'answered, the caller speaks and hangs up',
    steps: [invited, ring, pause(500), answerAndKeep, pause(1500), speak('hello-who-is-this'), pause(4000), hangUp()],
    statuses: ['ringing', 'active', 'completed'],
    endReason: 'USER_HUNG_UP_IN_CALL',
    endedBy: 'user',
    ladder: ['< INVITE', '> 180', '> 200', '< ACK', '> BYE', '< 200'],
  },
  {
    name: 'answered, the agent ends the call',
    agent: ENDER,
    steps: [invited, ring, pause(500), answer, pause(1500), speak('thank-you-goodbye'), expectBye],
    statuses: ['ringing', 'active', 'completed'],
    endReason: 'AGENT_ENDED_CALL',
    endedBy: 'agent',
    ladder: ['< INVITE', '> 180', '> 200', '< ACK', '< BYE', '> 200'],
  },
  ...(
    [
      ['busy at once', [invited, refuse('486 Busy Here')], 'USER_BUSY', 486, 'user'],
      ['declined', [invited, ring, pause(500), refuse('603 Decline')], 'USER_HUNG_UP_RINGING', 603, 'user'],
      [
        'voicemail before connect',
        [invited, ring, pause(3000), refuse('480 Temporarily Unavailable')],
        'VOICEMAIL_DETECTED_PRECONNECT',
        480,
        'user',
      ],
      ['unreachable at once', [invited, refuse('480 Temporarily Unavailable')], 'USER_UNREACHABLE', 480, 'carrier'],
      ['wrong number', [invited, refuse('404 Not Found')], 'SIP_FAILED_WRONG_NUMBER', 404, 'carrier'],
      ['blocked', [invited, refuse('403 Forbidden')], 'SIP_FAILED_NUMBER_BLOCKED', 403, 'carrier'],
      ['trunk down', [invited, refuse('503 Service Unavailable')], 'SIP_FAILED_TRUNK_UNAVAILABLE', 503, 'carrier'],
    ] as const
  ).map(([name, steps, endReason, sipCode, endedBy]): Ladder => ({
    name,
    steps: [...steps],
    statuses: ['ringing', 'failed'],
    endReason,
    endedBy,
    sipCode,
    ladder: ['< INVITE', ...(steps.length > 2 ? ['> 180'] : []), `> ${sipCode}`, '< ACK'],
  })),
  {
    name: 'hung up by the API while ringing',
    steps: [invited, ring, expectCancel],
    hangUpWhen: 'ringing',
    statuses: ['ringing', 'failed'],
    endReason: 'CANCELED_WHILE_RINGING',
    endedBy: 'operator',
    ladder: ['< INVITE', '> 180', '< CANCEL', '> 200', '> 487', '< ACK'],
  },
  {
    name: 'hung up by the API while active',
    steps: [invited, ring, pause(300), answer, expectBye],
    hangUpWhen: 'active',
    statuses: ['ringing', 'active', 'completed'],
    endReason: 'OPERATOR_ENDED_CALL',
    endedBy: 'operator',
    ladder: ['< INVITE', '> 180', '> 200', '< ACK', '< BYE', '> 200'],
  },
];

async function expectOutcome(callId: string, statuses: string[], wanted: Expectation): Promise<void> {
  const call = await platform.call(callId);
  expect(call).toMatchObject({
    end_reason: wanted.endReason,
    ended_by: wanted.endedBy,
    status: wanted.statuses.at(-1),
  });
  if (wanted.sipCode !== undefined) expect(call['sip_code']).toBe(wanted.sipCode);
  // A poll may miss a status that lasts a moment; it may never see one that was not there, nor a step back.
  expect(statuses.filter((status) => status !== 'pending')).toEqual(wanted.statuses);
  const events = await sink.untilEnded(callId);
  expect(events.map((event) => event.sequence).slice(0, events.length)).toEqual(events.map((_, i) => i + 1));
  expect(events.at(-1)?.type === 'call.transcript_ready' ? events.at(-2)?.data : events.at(-1)?.data).toMatchObject({
    end_reason: wanted.endReason,
    ended_by: wanted.endedBy,
  });
  expect(events.filter((event) => event.type === 'call.ended')).toHaveLength(1);
}

const nothingLeft = (callId: string): Promise<unknown> =>
  waitFor(`nothing left of ${callId}`, async () => (await platform.leftOf(callId)).length === 0, 10_000);

describe('outbound calls to an independent SIP far end', () => {
  it.each(LADDERS)('$name', async (ladder) => {
    const far = await startFarEnd(ladder.steps, ladder.far);
    const from = await platform.numberTo(far.uri);
    const id = await platform.createCall({
      agent_id: ladder.agent ?? AGENT,
      to_number: '+15550100001',
      from_number: from,
    });
    const { hangUpWhen } = ladder;
    if (hangUpWhen !== undefined) {
      void platform.until(id, hangUpWhen).then(async () => {
        await waitFor('the far end to ring', () => far.ladder().includes(hangUpWhen === 'ringing' ? '> 180' : '< ACK'));
        await platform.rest('POST', `/calls/${id}/hangup`);
      });
    }
    const { statuses } = await platform.follow(id);
    await far.passed;
    expect(far.ladder()).toEqual(ladder.ladder);
    await expectOutcome(id, statuses, ladder);
    await nothingLeft(id);
  });

  it('gives up ringing after the ring timeout: the far end sees a CANCEL', async () => {
    const far = await startFarEnd([invited, ring, expectCancel]);
    const from = await platform.numberTo(far.uri);
    const pipe = await platform.rest('POST', '/pipes', {
      name: 'short ring',
      agent_id: AGENT,
      voice_profile: 'vp_en_clear',
      recording: false,
      max_call_duration_s: 60,
    });
    await platform.sql(`UPDATE pipe SET settings = settings || '{"ring_timeout_s": 2}' WHERE id = $1`, [
      pipe.body.data.pipe_id,
    ]);
    const id = await platform.createCall({
      pipe_id: pipe.body.data.pipe_id,
      to_number: '+15550100001',
      from_number: from,
    });
    const { statuses } = await platform.follow(id);
    await far.passed;
    expect(far.ladder()).toEqual(['< INVITE', '> 180', '< CANCEL', '> 200', '> 487', '< ACK']);
    await expectOutcome(id, statuses, {
      statuses: ['ringing', 'failed'],
      endReason: 'USER_DID_NOT_PICK_UP',
      endedBy: 'platform',
      ladder: [],
    });
    await nothingLeft(id);
  });

  it('ends a queued call without dialling when the API hangs it up', async () => {
    await platform.rest('PATCH', '/v1/account', { concurrency_cap: 0 });
    try {
      const id = await platform.createCall({ agent_id: AGENT, to_number: '+15550100001', from_number: '+15550109001' });
      expect((await platform.call(id))['status']).toBe('pending');
      await platform.rest('POST', `/calls/${id}/hangup`);
      const { call } = await platform.follow(id);
      expect(call).toMatchObject({ status: 'failed', end_reason: 'CANCELED_BEFORE_DIAL', ended_by: 'operator' });
      expect((await sink.untilEnded(id)).map((event) => event.type)).toEqual(['call.created', 'call.ended']);
      expect((await platform.rest('POST', `/calls/${id}/hangup`)).status).toBe(200);
    } finally {
      await platform.rest('PATCH', '/v1/account', { concurrency_cap: 10 });
    }
  });

  it('keeps to a cap of two with ten calls at once; none is refused, all end', async () => {
    await platform.rest('PATCH', '/v1/account', { concurrency_cap: 2 });
    try {
      const far = await startFarEnd([invited, ring, pause(1000), answerAndKeep, pause(1000), hangUp()], {
        calls: 10,
        limitS: 60,
      });
      const from = await platform.numberTo(far.uri);
      const ids = await Promise.all(
        Array.from({ length: 10 }, () =>
          platform.createCall({ agent_id: AGENT, to_number: '+15550100001', from_number: from }),
        ),
      );
      const ends = await Promise.all(ids.map((id) => platform.follow(id)));
      await far.passed;
      expect(ends.map(({ call }) => call['status'])).toEqual(ids.map(() => 'completed'));
      expect(far.ladder().filter((line) => line === '< INVITE')).toHaveLength(10);
      expect(far.mostDialogs()).toBe(2);
      await Promise.all(ids.map(nothingLeft));
    } finally {
      await platform.rest('PATCH', '/v1/account', { concurrency_cap: 10 });
    }
  });

  it('leaves no room and no port once every call is over', async () => {
    await waitFor('no room', async () => (await platform.rooms()).length === 0);
    await waitFor('no RTP port', () => platform.sipPorts() <= idlePorts);
  });
});
