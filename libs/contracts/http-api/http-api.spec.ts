import { CALL_STATES, DEFAULT_CALL_SETTINGS } from '@callplane/domain';
import { describe, expect, it } from 'vitest';
import {
  callDetailSchema,
  callSchema,
  createCallSchema,
  createPipeSchema,
  renderAgent,
  renderCall,
  renderCallDetail,
  renderNumber,
  renderPipe,
  renderSession,
  renderTranscript,
  ROUTES,
  sessionSchema,
  toCallSettings,
  type CallRecord,
  type HttpRoute,
} from './index.ts';

const at = new Date('2026-01-01T10:00:00.000Z');
const later = (ms: number): Date => new Date(at.getTime() + ms);

const queued: CallRecord = {
  id: 'cal_1',
  accountId: 'acc_1',
  orgHandle: 'acme',
  direction: 'outbound',
  state: 'queued',
  agentId: null,
  pipeId: null,
  toNumber: null,
  fromNumber: null,
  numberId: null,
  trunkId: null,
  instructions: null,
  data: {},
  roomName: null,
  endReason: null,
  endedBy: null,
  phase: null,
  sipCode: null,
  sipReason: null,
  q850: null,
  detail: null,
  waitingFor: null,
  initialCallId: null,
  createdAt: at,
  dialedAt: null,
  ringingAt: null,
  activeAt: null,
  endedAt: null,
  modifiedAt: at,
};

/** Fields that the SDK's models take left out, but never null (unpod 0.5.0). */
const NEVER_NULL = {
  call: ['project_id', 'direction', 'data', 'status', 'analytics', 'traces', 'transcript_turns'],
  session: ['project_id', 'participant_count', 'participants', 'features', 'status', 'transcript', 'usage'],
  pipe: ['project_id', 'recording', 'max_call_duration_s', 'status', 'background_sound_enabled', 'fillers'],
  agent: ['name', 'brain', 'brain_execution', 'voices', 'background_sound_enabled'],
  voice: ['name', 'brain', 'brain_execution', 'is_default', 'background_sound_enabled'],
  number: ['trunk_type', 'capabilities', 'status'],
};
const expectNoNull = (model: keyof typeof NEVER_NULL, shown: object): void => {
  for (const field of NEVER_NULL[model]) expect((shown as Record<string, unknown>)[field], field).not.toBeNull();
};

describe('a call', () => {
  it.each(CALL_STATES)('fits its schema in state %s, nothing null that must not be', (state) => {
    const ended = ['ended', 'not_connected', 'canceled'].includes(state);
    const call = { ...queued, state, ...(ended ? { endedAt: later(1500), endReason: 'USER_BUSY' } : {}) };
    const shown = renderCall(call, 0);
    expect(callSchema.parse(shown)).toEqual(shown);
    expectNoNull('call', shown);
    const session = renderSession(call, []);
    expect(sessionSchema.parse(session)).toEqual(session);
    expectNoNull('session', session);
    const detail = { ...shown, ...renderCallDetail([], []) };
    expect(callDetailSchema.parse(detail)).toEqual(detail);
    expect(detail).toMatchObject({ transcript: [], latency_metrics: [], latency_summary: {} });
  });

  it('gives whole seconds and a status of the session', () => {
    const talked = { ...queued, state: 'ended' as const, dialedAt: at, activeAt: later(2000), endedAt: later(9600) };
    expect(renderSession(talked)).toMatchObject({ duration_s: 8, status: 'completed' });
    expect(renderSession(talked)).not.toHaveProperty('transcript');
    expect(renderSession({ ...queued, state: 'not_connected', endedAt: at })).toMatchObject({
      status: 'failed',
      duration_s: null,
    });
  });
});

describe('a transcript', () => {
  it('shows what was heard of an interrupted turn, and keeps the rest beside it', () => {
    const turns = renderTranscript([
      { role: 'user', text: 'hi', heard: null, at },
      { role: 'assistant', text: 'one two', heard: 'one', at },
      { role: 'assistant', text: 'never played', heard: '', at },
    ]);
    expect(turns).toEqual([
      { role: 'user', content: 'hi', timestamp: at.toISOString() },
      { role: 'assistant', content: 'one', timestamp: at.toISOString(), interrupted: true, full_text: 'one two' },
      { role: 'assistant', content: '', timestamp: at.toISOString(), interrupted: true, full_text: 'never played' },
    ]);
  });

  it('summarises times only, over the turns that have them', () => {
    const metrics = [{ turn_id: 1, ttfa_ms: 100 }, { turn_id: 2, ttfa_ms: 300, stt_ms: 5 }, { turn_id: 3 }];
    expect(renderCallDetail([], metrics).latency_summary).toEqual({
      turns: 3,
      ttfa_ms: { avg: 200, p50: 100, p95: 300 },
      stt_ms: { avg: 5, p50: 5, p95: 5 },
    });
  });
});

describe('resources', () => {
  const voice = {
    id: 'pipe_1',
    name: 'p',
    voiceProfileId: null,
    voiceProfileName: null,
    greeting: null,
    isDefault: true,
    recording: false,
    maxCallDurationS: 60,
    settings: {},
  };

  it('are never null where the SDK takes none, however little is known', () => {
    const agent = renderAgent({ agentId: 'a', name: 'a', brain: {}, settings: {} }, [voice]);
    expectNoNull('agent', agent);
    expectNoNull('voice', (agent['voices'] as object[])[0]!);
    const pipe = renderPipe({ ...voice, accountId: 'acc', agentId: null, createdAt: at, modifiedAt: at, number: null });
    expectNoNull('pipe', pipe);
  });

  it('say of a number whether it is free, and which trunk it is on', () => {
    const number = {
      id: 'n',
      accountId: 'a',
      number: '+15550100001',
      trunkId: 't',
      providerTrunkId: null,
      country: null,
      createdAt: at,
      modifiedAt: at,
    };
    const free = renderNumber({ ...number, trunkKind: 'livekit-sip', pipeId: null, agentId: null });
    expect(free).toMatchObject({ status: 'available', trunk_type: 'livekit' });
    expectNoNull('number', free);
    expect(renderNumber({ ...number, trunkKind: 'embedded', pipeId: null, agentId: 'a' })).toMatchObject({
      status: 'assigned',
      trunk_type: 'embedded',
    });
  });

  it('cannot be renamed by settings of the same name', () => {
    const settings = { pipe_id: 'evil', status: null, fillers: { a: 1 } };
    const pipe = renderPipe({
      ...voice,
      settings,
      accountId: 'acc',
      agentId: null,
      createdAt: at,
      modifiedAt: at,
      number: null,
    });
    expect(pipe).toMatchObject({ pipe_id: 'pipe_1', status: 'active', fillers: { a: 1 } });
  });
});

describe('bodies', () => {
  it('reads numbers as people write them and explains those it cannot read', () => {
    const read = (to_number: unknown) => createCallSchema.safeParse({ to_number, agent_id: 'a' });
    expect(read('+1 (555) 010-0001').data?.to_number).toBe('+15550100001');
    for (const wrong of [null, 5, '', '12', '+0123456789', 'abc', '+1'.padEnd(200, '2')])
      expect(read(wrong).success).toBe(false);
    expect(read('0015550100001').error?.issues[0]?.message).toContain('leading 00');
  });

  it('keeps unknown names of a pipe, and checks the known ones', () => {
    expect(createPipeSchema.parse({ name: 'p', other: 1 })).toMatchObject({ other: 1 });
    expect(createPipeSchema.safeParse({ name: 'p', silence_s: null }).success).toBe(true);
    expect(createPipeSchema.safeParse({ name: 'p', ring_timeout_s: 0 }).success).toBe(false);
  });
});

describe('call settings', () => {
  it('keep the defaults where nothing is set', () => expect(toCallSettings({}, {})).toEqual(DEFAULT_CALL_SETTINGS));

  it('fold the account under the pipe, seconds into milliseconds', () => {
    const settings = toCallSettings(
      { ring_timeout_s: 10, silence_s: 20, idle_s: 'odd' },
      { ring_timeout_s: 2.5, silence_s: null, settle_s: 0.5, max_call_duration_s: 60 },
    );
    expect(settings).toMatchObject({ ringTimeoutMs: 2500, silenceMs: null, idleMs: 120_000, maxDurationMs: 60_000 });
    expect(settings.thresholds).toEqual({ ...DEFAULT_CALL_SETTINGS.thresholds, settleMs: 500 });
  });
});

describe('the table of routes', () => {
  const routes: HttpRoute[] = Object.values(ROUTES);

  it('has no path twice', () => {
    const all = routes.flatMap((route) => route.paths.map((path) => `${route.method} ${path.replace(/:\w+/g, ':')}`));
    expect(new Set(all).size).toBe(all.length);
  });

  it('declares the parameters of its paths', () => {
    for (const route of routes)
      for (const path of route.paths)
        expect([...path.matchAll(/:(\w+)/g)].map(([, name]) => name)).toEqual(Object.keys(route.params?.shape ?? {}));
  });
});
