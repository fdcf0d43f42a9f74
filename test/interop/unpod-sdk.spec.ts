import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Platform } from '../support/platform.ts';

const platform = new Platform();
const PROGRAMS = join(import.meta.dirname, 'programs');
const venv = process.env['CALLPLANE_INTEROP_VENV'] ?? '';

beforeAll(() => {
  if (!existsSync(join(venv, 'bin/python'))) {
    throw new Error(
      'The Unpod SDK is missing: install Python 3.12 or newer and run "npm test", which makes a virtual environment for it.',
    );
  }
});

/** Runs a program with the three variables `npm start` prints, and nothing else of ours. */
async function run(program: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const { UNPOD_BASE_URL, UNPOD_PLATFORM_TOKEN, UNPOD_ORG_HANDLE } = platform.env;
  const child = spawn(join(venv, 'bin/python'), [join(PROGRAMS, program), ...args], {
    env: {
      ...process.env,
      UNPOD_BASE_URL,
      UNPOD_PLATFORM_TOKEN,
      UNPOD_ORG_HANDLE,
      NO_PROXY: '127.0.0.1',
      PYTHONUNBUFFERED: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), 90_000);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, output };
}

const line = (output: string, name: string): string =>
  output
    .split('\n')
    .find((text) => text.startsWith(`${name} `))
    ?.slice(name.length + 1) ?? '';

describe('the real Unpod Python SDK 0.5.0, unmodified', () => {
  it('runs a call to its caller’s hang-up: statuses, hooks, reason, transcript', async () => {
    const { code, output } = await run('echo_agent.py', '+15550100001');
    expect(output).not.toContain('Traceback');
    expect(code).toBe(0);
    const statuses = JSON.parse(line(output, 'statuses')) as string[];
    expect(statuses[0]).toBe('pending');
    expect(statuses.slice(1)).toEqual(['ringing', 'active', 'completed']);
    expect(line(output, 'session')).toBe('hangup USER_HUNG_UP_IN_CALL');
    expect(line(output, 'runner')).toMatch(/^cal_\w+ ended$/);
    expect(line(output, 'call')).toMatch(/^cal_\w+ completed USER_HUNG_UP_IN_CALL \d+(\.\d+)? completed$/);
    const turns = JSON.parse(line(output, 'turns')) as [string, string][];
    expect(turns[0]).toEqual(['assistant', 'Hello, this is the echo agent']);
    expect(turns.filter(([role]) => role === 'user').length).toBeGreaterThanOrEqual(2);
  });

  it('sees a voicemail before connect as the reason of a failed call', async () => {
    const { code, output } = await run('echo_agent.py', '+15550100002');
    expect(output).not.toContain('Traceback');
    expect(code).toBe(0);
    expect(line(output, 'session')).toBe('hangup VOICEMAIL_DETECTED_PRECONNECT');
    expect(line(output, 'runner')).toMatch(/^cal_\w+ ended$/);
    expect(line(output, 'call')).toMatch(/^cal_\w+ failed VOICEMAIL_DETECTED_PRECONNECT None failed$/);
  });

  it('serves its blocking client call after call', async () => {
    const { code, output } = await run('blocking_client.py');
    expect(output).not.toContain('Traceback');
    expect(code).toBe(0);
    expect(line(output, 'profiles')).toMatch(/^\d+ vp_/);
  });
});
