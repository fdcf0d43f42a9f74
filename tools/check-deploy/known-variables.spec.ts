import { describe, expect, it } from 'vitest';
import { environmentProblems, knownVariables } from './known-variables.ts';

const PAGE = `# Configuration

## Every service

| Variable | Default | What |
| --- | --- | --- |
| \`PORT\` | **required** | the port |
| \`HOST\` | \`"127.0.0.1"\` | the address |

## api

| \`JWT\` |  | a secret |

## dispatcher

Nothing of its own.
`;

describe('knownVariables', () => {
  it('gives every app the shared variables and its own', () => {
    const { api, dispatcher } = knownVariables(PAGE);
    expect(api?.known).toContain('JWT');
    expect(dispatcher?.known).not.toContain('JWT');
    expect(dispatcher?.required).toEqual(new Set(['PORT']));
  });
});

describe('environmentProblems', () => {
  it('names what is unknown and what is missing', () => {
    const { dispatcher } = knownVariables(PAGE);
    expect(environmentProblems('x', dispatcher, ['PORT', 'HOST'])).toEqual([]);
    expect(environmentProblems('x', dispatcher, ['JWT'])).toEqual([
      'x sets JWT, which it does not read',
      'x lacks PORT',
    ]);
    expect(environmentProblems('x', undefined, [])).toHaveLength(1);
  });
});
