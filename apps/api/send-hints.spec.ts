import type { NatsBus } from '@callplane/messaging';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SendHints } from './send-hints.ts';

describe('SendHints', () => {
  const sent: [string, unknown][] = [];
  const hints = new SendHints({
    publishJson: (subject: string, value: unknown) => sent.push([subject, value]),
  } as unknown as NatsBus);
  beforeEach(() => {
    sent.length = 0;
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it('sends the first at once, merges what follows, and starts over after a pause', () => {
    hints.send('a', 'c1');
    expect(sent).toEqual([['call.hint.queued.a', { callId: 'c1' }]]);
    hints.send('a', 'c2');
    hints.send('a', 'c3');
    expect(sent).toHaveLength(1);
    vi.advanceTimersByTime(10);
    expect(sent.slice(1)).toEqual([['call.hint.queued.a', { callId: 'c3' }]]);
    vi.advanceTimersByTime(50);
    hints.send('a', 'c4');
    expect(sent).toHaveLength(3);
  });

  it('keeps accounts apart, and sends what waits when the service stops', () => {
    vi.advanceTimersByTime(100);
    hints.send('b', 'c1');
    hints.send('c', 'c2');
    hints.send('c', 'c3');
    expect(sent.map(([subject]) => subject)).toEqual(['call.hint.queued.b', 'call.hint.queued.c']);
    hints.onModuleDestroy();
    expect(sent.at(-1)).toEqual(['call.hint.queued.c', { callId: 'c3' }]);
    vi.advanceTimersByTime(100);
    expect(sent).toHaveLength(3);
  });
});
