import { describe, expect, it } from 'vitest';
import { maySend, negotiate, readHello } from './negotiate.ts';

const hello = (supported_events: string[], supported_verbs: string[] = []): string =>
  JSON.stringify({ event: 'hello', protocol_version: 2, supported_events, supported_verbs });

describe('negotiate', () => {
  it('reads hello and nothing else', () => {
    expect(readHello(hello(['state']))?.supported_events).toEqual(['state']);
    expect(readHello('{"event":"hello","protocol_version":2}')?.supported_verbs).toEqual([]);
    for (const bad of ['', 'null', '{"event":"hello"}', '{"event":"agent.say","text":"hi"}'])
      expect(readHello(bad)).toBeUndefined();
  });

  it('agrees on what both sides know', () => {
    const read = readHello(hello(['state', 'user.partial', 'x.y'], ['agent.say', 'agent.dance']));
    expect(read && negotiate(read)).toEqual({ events: ['state', 'user.partial'], verbs: ['agent.say'] });
  });

  it('sends extensions only to clients that listed them, and never an unknown event', () => {
    const plain = { events: ['user.text'], verbs: [] };
    expect(maySend('state', plain)).toBe(true);
    expect(maySend('user.partial', plain)).toBe(false);
    expect(maySend('user.partial', { events: ['user.partial'], verbs: [] })).toBe(true);
    expect(maySend('made.up', { events: ['user.partial'], verbs: [] })).toBe(false);
    expect(maySend(undefined, plain)).toBe(false);
  });
});
