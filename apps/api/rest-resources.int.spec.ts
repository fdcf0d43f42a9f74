import { openSecret } from '@callplane/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY, openRestBench, SECRET, type RestBench } from './rest.suite.ts';

let bench: RestBench;
beforeAll(async () => {
  bench = await openRestBench({ CALLPLANE_DEV_LOOPBACK_WEBHOOKS: '1' });
});
afterAll(() => bench.close());

const saveAgent = (body: Record<string, unknown>) => bench.route('create-agent', { body });
const codeOf = (answer: { status: number; body: { code: string } }) => [answer.status, answer.body.code];

describe('voice profiles', () => {
  it('lists the seeded ones, the natural voice first, by language', async () => {
    const { body } = await bench.route('list-voice-profiles');
    expect(body.data.map((p: { profile_id: string }) => p.profile_id)).toEqual([
      'vp_en_clear',
      'vp_en_bright',
      'vp_en_light',
    ]);
    expect((await bench.route('list-voice-profiles', { query: { language: 'en-US' } })).body.data).toHaveLength(3);
    expect((await bench.route('list-voice-profiles', { query: { language: 'de' } })).body.data).toEqual([]);
  });

  it('gets one under every path, by id or name, and no other account’s', async () => {
    for (const path of [0, 1, 2, 3]) {
      const params = { profile_id: 'vp_en_light' };
      expect((await bench.route('get-voice-profile', { params, path })).body.data.tts_voice).toBe('espeak:en');
    }
    await bench.db.query(
      `INSERT INTO voice_profile (id, account_id, name, language, stt_provider, tts_provider, tts_voice) VALUES ('vp_x', 'acc_x', 'X', 'en', 'a', 'b', 'c')`,
    );
    expect(codeOf(await bench.route('get-voice-profile', { params: { profile_id: 'vp_x' } }))).toEqual([
      404,
      'voice_profile_not_found',
    ]);
  });
});

describe('agents', () => {
  it('makes an agent with a default voice, and the same again without a second pipe', async () => {
    const body = {
      agent_id: 'a1',
      brain: { type: 'runner' },
      recording: false,
      max_call_duration_s: 120,
      max_concurrent: 1,
    };
    const first = await saveAgent(body);
    expect(first.status).toBe(201);
    expect(first.body.data).toMatchObject({
      name: 'a1',
      voice_profile_id: 'vp_en_clear',
      is_default: true,
      max_concurrent: 1,
      max_call_duration_s: 120,
    });
    const again = await saveAgent({ ...body, name: 'Agent One', greeting: 'Hi', max_call_duration_s: 60 });
    expect(again.status).toBe(200);
    expect(again.body.data).toMatchObject({
      pipe_id: first.body.data.pipe_id,
      name: 'Agent One',
      greeting: 'Hi',
      max_call_duration_s: 60,
    });
    const agent = await bench.route('get-agent', { params: { agent_id: 'a1' } });
    expect(agent.body.data.voices).toHaveLength(1);
    expect(agent.body.data).not.toHaveProperty('voice_profile');
  });

  it('makes the voice given last the default one; numbers of the agent follow', async () => {
    const first = await saveAgent({ agent_id: 'a2', voice_profile: 'vp_en_clear' });
    await bench.route('attach-number', { params: { number: 'num_demo_2' }, body: { agent_id: 'a2' } });
    const second = await saveAgent({ agent_id: 'a2', voice_profile: 'Bright (local)' });
    expect(second.body.data).toMatchObject({
      voice_profile_id: 'vp_en_bright',
      voice_profile_name: 'Bright (local)',
      is_default: true,
    });
    const { body } = await bench.route('get-agent', { params: { agent_id: 'a2' } });
    expect(body.data.voices.map((v: { pipe_id: string; is_default: boolean }) => [v.pipe_id, v.is_default])).toEqual([
      [second.body.data.pipe_id, true],
      [first.body.data.pipe_id, false],
    ]);
    const numbers = await bench.route('list-numbers', { query: { status: 'assigned' } });
    expect(numbers.body.data).toMatchObject([
      { number_id: 'num_demo_2', agent_id: 'a2', pipe_id: second.body.data.pipe_id },
    ]);
    expect((await bench.route('list-agents')).body.data.map((a: { agent_id: string }) => a.agent_id)).toContain('a2');
  });

  it('makes one agent of creations at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => saveAgent({ agent_id: 'a3' })));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.body.data.pipe_id)).size).toBe(1);
  });

  it('refuses unknown voices, agents and bad fields', async () => {
    expect(codeOf(await saveAgent({ agent_id: 'a4', voice_profile: 'nope' }))).toEqual([
      422,
      'voice_profile_not_found',
    ]);
    expect(codeOf(await bench.route('get-agent', { params: { agent_id: 'a4' } }))).toEqual([404, 'agent_not_found']);
    const bad = await saveAgent({ agent_id: 'a4', max_call_duration_s: 1.5, background_sound_volume: 2 });
    expect(bad.body.errors.map((e: { field: string }) => e.field).sort()).toEqual([
      'background_sound_volume',
      'max_call_duration_s',
    ]);
  });

  it('keeps fields the platform does not know, and never shows null where the SDK takes none', async () => {
    const { body } = await saveAgent({
      agent_id: 'a5',
      brain: null,
      brain_execution: null,
      background_sound_enabled: null,
      llm_model: 'x',
      pipe_id: 'evil',
    });
    expect(body.data).toMatchObject({
      llm_model: 'x',
      brain: {},
      brain_execution: 'bridge',
      background_sound_enabled: false,
    });
    expect(body.data.pipe_id).toMatch(/^pipe_/);
  });
});

describe('pipes', () => {
  it('creates, shows, changes and deletes', async () => {
    const made = await bench.route('create-pipe', {
      body: { name: 'p', voice_profile: 'vp_en_bright', agent_id: 'p-agent', ring_timeout_s: 20, custom: 1 },
    });
    expect(made.status).toBe(201);
    expect(made.body.data).toMatchObject({
      voice_profile_id: 'vp_en_bright',
      is_default: true,
      ring_timeout_s: 20,
      custom: 1,
      fillers: {},
    });
    expect(made.body.data).not.toHaveProperty('voice_profile');
    const params = { pipe_id: made.body.data.pipe_id as string };
    await bench.route('attach-number', { params: { number: 'num_demo_1' }, body: { pipe_id: params.pipe_id } });
    const changed = await bench.route('update-pipe', {
      params,
      body: {
        name: 'q',
        voice_profile: 'Clear (local)',
        silence_s: null,
        ring_timeout_s: undefined,
        custom: null,
        recording: true,
        greeting: 'Hi',
        max_call_duration_s: 9,
      },
    });
    expect(changed.body.data).toMatchObject({
      name: 'q',
      voice_profile_id: 'vp_en_clear',
      silence_s: null,
      ring_timeout_s: 20,
      recording: true,
      number: '+15550109001',
      max_call_duration_s: 9,
    });
    expect(changed.body.data).not.toHaveProperty('custom');
    expect((await bench.route('get-pipe', { params })).body.data).toEqual(changed.body.data);
    expect((await bench.route('list-pipes')).body.data).toContainEqual(changed.body.data);
    const gone = await bench.route('delete-pipe', { params });
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (const name of ['get-pipe', 'delete-pipe'] as const)
      expect(codeOf(await bench.route(name, { params }))).toEqual([404, 'pipe_not_found']);
    expect(codeOf(await bench.route('update-pipe', { params, body: {} }))).toEqual([404, 'pipe_not_found']);
    const { body } = await bench.route('list-numbers', {
      query: { status_filter: 'available' },
      headers: { authorization: `Bearer ${API_KEY}` },
      path: 1,
    });
    expect(body.data.map((n: { number_id: string }) => n.number_id)).toContain('num_demo_1');
  });

  it('hands the default of an agent on when its pipe goes or moves', async () => {
    const make = async (): Promise<string> =>
      (await bench.route('create-pipe', { body: { name: 'x', agent_id: 'd-agent' } })).body.data.pipe_id as string;
    const [one, two, three] = [await make(), await make(), await make()];
    const isDefault = async (pipe_id: string): Promise<boolean> =>
      (await bench.route('get-pipe', { params: { pipe_id } })).body.data.is_default as boolean;
    expect([await isDefault(one), await isDefault(two)]).toEqual([true, false]);
    await bench.route('delete-pipe', { params: { pipe_id: one } });
    expect([await isDefault(two), await isDefault(three)]).toEqual([true, false]);
    await bench.route('update-pipe', { params: { pipe_id: three }, body: { agent_id: 'e-agent' } });
    expect(await isDefault(three)).toBe(true);
    await bench.route('update-pipe', { params: { pipe_id: three }, body: { agent_id: null } });
    expect(await isDefault(three)).toBe(false);
  });

  it('refuses unknown voices and impossible times', async () => {
    const refused = await bench.route('create-pipe', { body: { name: 'x', voice_profile: 'nope' } });
    expect(refused.body).toMatchObject({ code: 'voice_profile_not_found', errors: [{ field: 'voice_profile' }] });
    const times = await bench.route('create-pipe', {
      body: { name: 'x', ring_timeout_s: -1, background_sound_enabled: 'yes' },
    });
    expect(times.body.errors).toHaveLength(2);
    const pipe = await bench.route('create-pipe', { body: { name: 'x' } });
    const params = { pipe_id: pipe.body.data.pipe_id as string };
    expect((await bench.route('update-pipe', { params, body: { voice_profile_id: 'nope' } })).status).toBe(422);
  });
});

describe('numbers', () => {
  it('lists with filters and syncs', async () => {
    expect((await bench.route('sync-numbers')).body.data).toEqual({ synced: 2, new: 0 });
    const count = async (query: Record<string, string>): Promise<number> =>
      ((await bench.route('list-numbers', { query })).body.data as unknown[]).length;
    expect([await count({}), await count({ country: 'US' }), await count({ country: 'DE' })]).toEqual([2, 2, 0]);
    expect([await count({ trunk_type: 'embedded' }), await count({ trunk_type: 'livekit' })]).toEqual([2, 0]);
    expect((await bench.route('list-numbers', { query: { status: 'odd' } })).status).toBe(422);
  });

  it('attaches by id or by number, moves, and detaches', async () => {
    await saveAgent({ agent_id: 'n1' });
    const other = await saveAgent({ agent_id: 'n2' });
    const byNumber = { number: '+15550109001' };
    expect((await bench.route('detach-number', { params: byNumber })).body.data.status).toBe('available');
    expect(codeOf(await bench.route('move-number', { params: byNumber, body: { agent_id: 'n1' } }))).toEqual([
      409,
      'not_attached',
    ]);
    const attached = await bench.route('attach-number', {
      params: { number: 'num_demo_1' },
      body: { agent_id: 'n1', number: '+15550109001' },
    });
    expect(attached.body.data).toMatchObject({ agent_id: 'n1', status: 'assigned' });
    const moved = await bench.route('move-number', {
      params: byNumber,
      body: { agent_id: 'n2', attach_type: 'agent' },
    });
    expect(moved.body.data).toMatchObject({ agent_id: 'n2', pipe_id: other.body.data.pipe_id });
  });

  it('refuses what it cannot attach', async () => {
    const attach = (number: string, body: unknown) => bench.route('attach-number', { params: { number }, body });
    expect(codeOf(await attach('num_demo_1', { agent_id: 'ghost' }))).toEqual([400, 'agent_not_found']);
    expect(codeOf(await attach('num_demo_1', { pipe_id: 'ghost' }))).toEqual([404, 'pipe_not_found']);
    expect(codeOf(await attach('num_demo_1', {}))).toEqual([422, 'invalid_request']);
    expect(codeOf(await attach('+15550000000', { agent_id: 'n1' }))).toEqual([404, 'number_not_found']);
    expect(codeOf(await bench.route('move-number', { params: { number: 'x' }, body: {} }))).toEqual([
      404,
      'number_not_found',
    ]);
    expect(codeOf(await bench.route('detach-number', { params: { number: 'x' } }))).toEqual([404, 'number_not_found']);
  });
});

describe('webhook endpoints', () => {
  it('shows the secret once, keeps it sealed, and forgets the endpoint', async () => {
    const made = await bench.route('create-webhook-endpoint', {
      body: { url: 'http://127.0.0.1:9/hook', event_types: ['call.ended', 'call.ended'] },
    });
    expect(made.status).toBe(201);
    const { secret, endpoint_id: id } = made.body.data as { secret: string; endpoint_id: string };
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/=]{40,}$/);
    expect(made.body.data.event_types).toEqual(['call.ended']);
    const [row] = await bench.db.query<{ secret_sealed: string }[]>(
      'SELECT secret_sealed FROM webhook_endpoint WHERE id = $1',
      [id],
    );
    expect(row!.secret_sealed).not.toContain(secret.slice(6));
    expect(openSecret(row!.secret_sealed, SECRET)).toBe(secret);
    const listed = await bench.route('list-webhook-endpoints');
    expect(listed.body.data).toMatchObject([{ endpoint_id: id, status: 'enabled' }]);
    expect(listed.text).not.toContain('whsec_');
    expect((await bench.route('delete-webhook-endpoint', { params: { endpoint_id: id } })).status).toBe(204);
    expect(codeOf(await bench.route('delete-webhook-endpoint', { params: { endpoint_id: id } }))).toEqual([
      404,
      'endpoint_not_found',
    ]);
  });

  it('refuses addresses, events and more than 20', async () => {
    const make = (body: unknown) => bench.route('create-webhook-endpoint', { body });
    expect(codeOf(await make({ url: 'https://10.0.0.1/' }))).toEqual([422, 'url_not_allowed']);
    expect((await make({ url: 'https://example.com', event_types: ['call.exploded'] })).status).toBe(422);
    const answers = await Promise.all(Array.from({ length: 22 }, (_, i) => make({ url: `https://example.com/${i}` })));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(20);
    expect(answers.filter((answer) => answer.body.code === 'too_many_endpoints')).toHaveLength(2);
  });
});

describe('the account', () => {
  it('shows and sets the cap and the settings', async () => {
    expect((await bench.route('get-account')).body.data).toMatchObject({ account_id: 'acc_demo', concurrency_cap: 10 });
    const changed = await bench.route('update-account', { body: { concurrency_cap: 0, settings: { idle_s: 60 } } });
    expect(changed.body.data).toMatchObject({ concurrency_cap: 0, settings: { idle_s: 60 } });
    expect((await bench.route('update-account', { body: {} })).body.data.concurrency_cap).toBe(0);
  });

  it.each([
    [{ concurrency_cap: 10_001 }],
    [{ concurrency_cap: -1 }],
    [{ concurrency_cap: 1.5 }],
    [{ settings: { ring: 1 } }],
  ])('refuses %j', async (body) => {
    expect(codeOf(await bench.route('update-account', { body }))).toEqual([422, 'invalid_request']);
  });
});
