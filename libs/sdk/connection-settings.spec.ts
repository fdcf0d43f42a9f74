import { describe, expect, it } from 'vitest';
import { httpOrigin, runnerHeaders } from './connection-settings.ts';

describe('httpOrigin', () => {
  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['ws://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['wss://calls.example.com', 'https://calls.example.com'],
    ['calls.example.com', 'https://calls.example.com'],
  ])('%s is %s', (given, origin) => {
    expect(httpOrigin({}, { UNPOD_BASE_URL: given })).toBe(origin);
    expect(httpOrigin({ baseUrl: given }, { UNPOD_BASE_URL: 'http://other' })).toBe(origin);
  });

  it('says what to set', () => {
    expect(() => httpOrigin({}, {})).toThrow(/Set UNPOD_BASE_URL/);
    expect(() => httpOrigin({ baseUrl: 'http://' }, {})).toThrow(/not a URL/);
  });
});

describe('runnerHeaders', () => {
  const env = { UNPOD_PLATFORM_TOKEN: 't', UNPOD_ORG_HANDLE: 'demo' };

  it('takes both from the environment, and options before it', () => {
    expect(runnerHeaders({}, env)).toEqual({ Authorization: 'Token t', 'Org-Handle': 'demo' });
    expect(runnerHeaders({ platformToken: 'x' }, env)).toMatchObject({ Authorization: 'Token x' });
  });

  it('says what to set', () => {
    expect(() => runnerHeaders({}, {})).toThrow(/UNPOD_PLATFORM_TOKEN/);
    expect(() => runnerHeaders({ platformToken: 't' }, {})).toThrow(/UNPOD_ORG_HANDLE/);
  });
});
