import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from '../support/platform.ts';
import { startRunner } from '../support/runner.ts';

const AGENT = 'e2e-spoken';
const GREETING = 'hello how can i help you';
const REPLY = 'we open at nine tomorrow';
const platform = new Platform();
let stop: () => Promise<void>;

beforeAll(async () => {
  const sentences = Object.values(
    JSON.parse(
      readFileSync(join(import.meta.dirname, '../../apps/test-phone/recordings/sentences.json'), 'utf8'),
    ) as Record<string, string>,
  );
  await platform.rest('POST', '/agents', {
    agent_id: AGENT,
    name: AGENT,
    brain: { type: 'runner' },
    voice_profile: 'vp_en_clear',
    recording: false,
    max_call_duration_s: 120,
    max_concurrent: 1,
    hints: sentences,
  });
  ({ stop } = await startRunner(platform, AGENT, (ctx) => {
    ctx.session.say(GREETING);
    ctx.session.dialog = { turn: () => Promise.resolve(REPLY) };
  }));
});
afterAll(() => stop());

describe('a spoken conversation over real SIP', () => {
  it('writes down what the caller says, and what the agent says is understood at the phone', async () => {
    const id = await platform.createCall({ agent_id: AGENT, to_number: '+15550100001', from_number: '+15550109001' });
    const { call } = await platform.follow(id, 90_000);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'USER_HUNG_UP_IN_CALL' });
    const turns = call['transcript'] as { role: string; content: string }[];
    expect(turns.filter(({ role }) => role === 'user').map(({ content }) => content)).toContain(
      'what time do you open tomorrow',
    );
    expect(turns.filter(({ role }) => role === 'assistant').map(({ content }) => content)).toContain(REPLY);
    const heard = await recognise(recordingOf(), [GREETING, REPLY, 'goodbye', 'please hold']);
    expect(heard).toContain(GREETING);
    expect(heard).toContain(REPLY);
  });
});

/** The newest recording of what the phone heard. */
function recordingOf(): string {
  const folder = join(platform.home, 'heard');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.wav'))
    .sort();
  return join(folder, files.at(-1)!);
}

/** What a recogniser of its own, outside the platform, makes of a recording. */
async function recognise(wav: string, phrases: string[]): Promise<string> {
  const python = join(process.env['CALLPLANE_SPEECH_VENV']!, 'bin/python');
  const child = spawn(python, [join(import.meta.dirname, 'recognise_wav.py'), wav, ...phrases], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(0);
  return output;
}
