import { describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { BEHAVIOURS, behaviourFor, DEFAULT_NUMBER, stepsAfterAnswer } from './behaviours.ts';
import type { Behaviour } from './behaviours.ts';
import { readRecordings } from './recordings.ts';

const recordings = readRecordings(fileURLToPath(new URL('./recordings/', import.meta.url)));

describe('behaviours', () => {
  it('are found with or without the plus, and any other number has the default', () => {
    expect(behaviourFor('15550100003')).toBe(behaviourFor('+15550100003'));
    expect(behaviourFor('15550100003').number).toBe('+15550100003');
    expect(behaviourFor('+4930123').number).toBe(DEFAULT_NUMBER);
    expect(behaviourFor('').number).toBe(DEFAULT_NUMBER);
  });

  it('have a number and a sentence each, no number twice', () => {
    expect(new Set(BEHAVIOURS.map((b) => b.number)).size).toBe(BEHAVIOURS.length);
    for (const { doc } of BEHAVIOURS) expect(doc.length).toBeGreaterThan(10);
  });

  it('name only recordings that exist, and every recording is used', () => {
    const said = BEHAVIOURS.flatMap((b) => b.steps).flatMap((s) => (s.do === 'say' ? [s.recording] : []));
    expect(said.filter((name) => !recordings.has(name))).toEqual([]);
    expect([...recordings.keys()].filter((name) => !said.includes(name))).toEqual([]);
  });

  it.each(BEHAVIOURS.map((b) => [b.number, b] as const))('%s comes to an end', (_, behaviour: Behaviour) => {
    expect(['hang-up', 'stay', 'refuse']).toContain(behaviour.steps.at(-1)?.do);
  });

  it('leave only what follows the answer to a call the phone placed', () => {
    expect(stepsAfterAnswer(behaviourFor('+15550100009'))).toEqual([{ do: 'wait', ms: 300 }, { do: 'stay' }]);
    expect(stepsAfterAnswer(behaviourFor('+15550100003'))).toEqual([{ do: 'stay' }]);
  });
});
