/** Quantile of a sample by the nearest rank, `share` from 0 to 1; NaN for an empty sample. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** The middle value, or the mean of the two middle ones; NaN for an empty sample. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/** A sample in three numbers. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), count: values.length };
}

/** Ours against the peer's, pair by pair. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly pairs: number;
}

/** Each pair was measured back to back, so what disturbs the machine disturbs both; pairs are never mixed. */
export function ratioOfPairs(ours: readonly number[], peers: readonly number[]): Ratio {
  if (ours.length !== peers.length) throw new RangeError(`${ours.length} figures of ours, ${peers.length} of the peer`);
  const ratios = ours.map((value, pair) => value / (peers[pair] ?? Number.NaN));
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios), pairs: ratios.length };
}

/** `info` = shown beside the others, no target of its own. */
export type Verdict = 'pass' | 'MISS' | 'void' | 'info';

/** A figure against its target; what a disturbed run shows says nothing either way. */
export function judge(isMet: boolean | undefined, problems: readonly string[]): Verdict {
  if (isMet === undefined) return 'info';
  if (problems.length > 0) return 'void';
  return isMet ? 'pass' : 'MISS';
}
