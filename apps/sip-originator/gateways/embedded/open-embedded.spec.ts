import { createLogger } from '@callplane/telemetry';
import { describe, expect, it } from 'vitest';
import { sipOriginatorConfig } from '../../sip-originator.config.ts';
import { MemoryJournal } from './embedded-harness.suite.ts';
import { openEmbedded } from './open-embedded.ts';

const open = (env: Record<string, string>) =>
  openEmbedded(
    sipOriginatorConfig.parse({
      PORT: '0',
      DATABASE_URL: 'unused',
      NATS_URL: 'unused',
      CALLPLANE_SECRET: 's'.repeat(32),
      LIVEKIT_URL: 'ws://127.0.0.1:1',
      LIVEKIT_API_KEY: 'k',
      LIVEKIT_API_SECRET: 's',
      ...env,
    }),
    'test',
    new MemoryJournal(),
    createLogger('test', 'test', 'silent'),
  );

describe('openEmbedded', () => {
  it('opens nothing by itself', async () => {
    const gateway = open({ SIP_HOST: '0.0.0.0', SIP_ADVERTISED_HOST: '203.0.113.7' });
    expect(gateway.problem()).not.toBeNull();
    await gateway.close();
    await gateway.close();
  });

  it('will not tell a far end to send to every address', () => {
    expect(() => open({ SIP_HOST: '0.0.0.0' })).toThrow('SIP_ADVERTISED_HOST');
    expect(() => open({ SIP_TRANSPORTS: 'udp,smoke' })).toThrow();
  });
});
