import { describe, expect, it } from 'vitest';
import { readVerb } from './read-verb.ts';

const texts = (json: string): string[] => {
  const reading = readVerb(json);
  if (!reading.ok) throw new Error(reading.why);
  return reading.frames.map((frame) => frame['text'] as string);
};

describe('readVerb', () => {
  it('passes a verb on with every field it has', () => {
    const frame = { event: 'agent.text.delta', text: 'Hi', extra: { a: 1 } };
    expect(readVerb(JSON.stringify(frame))).toEqual({ ok: true, frames: [frame] });
    expect(readVerb('{"event":"agent.text.end"}')).toEqual({ ok: true, frames: [{ event: 'agent.text.end' }] });
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'not an object'],
    ['null', 'not an object'],
    ['7', 'not an object'],
    ['{}', 'unknown verb'],
    ['{"event":7}', 'unknown verb'],
    ['{"event":"hello"}', 'unknown verb'],
    ['{"event":"agent.say"}', 'agent.say without text'],
    ['{"event":"agent.text.delta","text":7}', 'agent.text.delta without text'],
  ])('turns %s away: %s', (text, why) => {
    expect(readVerb(text)).toEqual({ ok: false, why });
  });

  it('cuts a long text into frames that each fit a NATS message, losing nothing', () => {
    const text = '\u0001'.repeat(150_000);
    const found = texts(JSON.stringify({ event: 'agent.say', text }));
    expect(found.join('')).toBe(text);
    for (const piece of found) expect(JSON.stringify(piece).length).toBeLessThan(900_000);
  });

  it('never cuts inside a surrogate pair', () => {
    const text = `x${'😀'.repeat(100_000)}`;
    const found = texts(JSON.stringify({ event: 'agent.text.delta', text }));
    expect(found.length).toBeGreaterThan(1);
    expect(found.join('')).toBe(text);
    for (const piece of found) expect(piece.isWellFormed()).toBe(true);
  });

  it('turns away a long frame of any other verb', () => {
    const long = JSON.stringify({ event: 'agent.end_call', reason: 'x'.repeat(300_000) });
    expect(readVerb(long)).toEqual({ ok: false, why: 'too long' });
  });
});
