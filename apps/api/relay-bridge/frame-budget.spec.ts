import { expect, it } from 'vitest';
import { FrameBudget } from './frame-budget.ts';

it('allows so many frames a second and starts anew with the next', () => {
  const budget = new FrameBudget(2);
  expect([0, 1, 2].map((at) => budget.take(at))).toEqual([true, true, false]);
  expect(budget.take(999)).toBe(false);
  expect(budget.take(1000)).toBe(true);
});
