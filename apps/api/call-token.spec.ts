import { describe, expect, it } from 'vitest';
import { readCallToken, signCallToken } from './call-token.ts';

const SECRET = 's'.repeat(32);

describe('call token', () => {
  const token = signCallToken(SECRET, 'cal_1', 'job_1');

  it('names its job for the call it was made for', () => {
    expect(readCallToken(SECRET, 'cal_1', token)).toBe('job_1');
  });

  it('is worth nothing for another call, with another secret or another job', () => {
    expect(readCallToken(SECRET, 'cal_2', token)).toBeUndefined();
    expect(readCallToken('t'.repeat(32), 'cal_1', token)).toBeUndefined();
    expect(readCallToken(SECRET, 'cal_1', token.replace('job_1', 'job_2'))).toBeUndefined();
  });

  it('is refused when it is cut, empty or has no signature', () => {
    for (const bad of ['', '.', 'job_1', 'job_1.', token.slice(0, -1), `.${token}`]) {
      expect(readCallToken(SECRET, 'cal_1', bad)).toBeUndefined();
    }
  });
});
