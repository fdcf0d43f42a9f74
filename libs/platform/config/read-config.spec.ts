import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, describeConfig, nodeId, readConfig, sharedConfig } from './index.ts';

const good = { PORT: '8080', DATABASE_URL: 'postgres://x', NATS_URL: 'nats://x', CALLPLANE_SECRET: 'x'.repeat(32) };

describe('readConfig', () => {
  it('fills defaults and takes an empty string as unset', () => {
    const config = readConfig(sharedConfig, { ...good, HOST: '' });
    expect(config).toMatchObject({ PORT: 8080, HOST: '127.0.0.1', LOG_LEVEL: 'info', DATABASE_POOL: 10 });
  });

  it('lists every problem at once by name, without the value', () => {
    const read = (): unknown =>
      readConfig(sharedConfig, { PORT: 'secret-value', NATS_URL: 'nats://x', CALLPLANE_SECRET: 'short' });
    expect(read).toThrow(ConfigError);
    try {
      read();
    } catch (error) {
      const { problems, message } = error as ConfigError;
      expect(problems.map((p) => p.name).sort()).toEqual(['CALLPLANE_SECRET', 'DATABASE_URL', 'PORT']);
      expect(message).toContain('DATABASE_URL: is required but not set');
      expect(message).not.toContain('secret-value');
    }
  });
});

describe('describeConfig', () => {
  it('gives one row a variable', () => {
    const rows = describeConfig(z.object({ A: z.string().describe('the a'), B: z.coerce.number().default(3) }));
    expect(rows).toEqual([
      { name: 'A', required: true, fallback: '', description: 'the a' },
      { name: 'B', required: false, fallback: '3', description: '' },
    ]);
  });
});

describe('nodeId', () => {
  it('keeps a configured name and makes a fresh one otherwise', () => {
    expect(nodeId('api', 'api-0')).toBe('api-0');
    expect(nodeId('api', undefined)).toMatch(/^api-[0-9a-f]{8}$/);
    expect(nodeId('api', undefined)).not.toBe(nodeId('api', undefined));
  });
});
