import { findBinary } from '@callplane/testing';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

const file = (name: string) => new URL(`../../deploy/compose/${name}`, import.meta.url).pathname;
const KEYS = `key: ${'s'.repeat(32)}`;

describe('the servers of compose.yaml read their files', () => {
  it('nats.conf', () => {
    const said = runProgram({ program: findBinary('nats-server'), args: ['-t', '-c', file('nats.conf')] });
    expect(said.complaint).toContain('is valid');
    expect(said.ok).toBe(true);
  });

  it('livekit.yaml: media through one UDP port, none over TCP', () => {
    const livekit = (config: string) =>
      runProgram({ program: findBinary('livekit-server'), args: ['--config-body', config, '--keys', KEYS, 'ports'] });
    const config = readFileSync(file('livekit.yaml'), 'utf8');
    const said = livekit(config);
    expect(said.ok).toBe(true);
    expect(said.stdout).toMatch(/7880 - HTTP service[\s\S]*7882/);
    expect(said.stdout).not.toContain('ICE/TCP');
    // It is strict, so what it accepts it also understands.
    expect(livekit(config.replace('udp_port', 'udp_prt')).complaint).toContain('udp_prt');
  });
});
