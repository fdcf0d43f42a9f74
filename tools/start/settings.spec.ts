import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

describe('readSettings', () => {
  it('defaults to a demo on fixed ports in .callplane', () => {
    const settings = readSettings('/repo', [], {});
    expect(settings).toMatchObject({ home: '/repo/.callplane', demo: true, freePorts: false, replicas: {} });
  });

  it('reads what was asked for', () => {
    const env = { CALLPLANE_HOME: '/two', CALLPLANE_PORTS: 'free', CALLPLANE_REPLICAS: 'dispatcher=2, api=3' };
    expect(readSettings('/repo', ['--no-demo'], env)).toMatchObject({
      home: '/two',
      demo: false,
      freePorts: true,
      replicas: { dispatcher: 2, api: 3 },
    });
  });

  it('names what it does not understand', () => {
    expect(() => readSettings('/repo', ['--nodemo'], {})).toThrow('npm start does not know --nodemo');
    expect(() => readSettings('/repo', [], { CALLPLANE_PORTS: 'any' })).toThrow('CALLPLANE_PORTS');
    for (const replicas of ['dispatcher', 'dispatcher=0', '=2', 'dispatcher=two']) {
      expect(() => readSettings('/repo', [], { CALLPLANE_REPLICAS: replicas })).toThrow('CALLPLANE_REPLICAS');
    }
  });
});
