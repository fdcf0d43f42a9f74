import type { Verdict } from './figures.ts';

/** One line of the table. */
export interface Line {
  /** Row of the scoreboard in the design. */
  readonly row: number;
  readonly what: string;
  readonly figure: string;
  readonly peer: string;
  readonly ratio: string;
  readonly target: string;
  readonly verdict: Verdict;
}

/** What one measurement gives: lines to print, and all figures behind them. */
export interface Measurement {
  readonly lines: readonly Line[];
  readonly details: Readonly<Record<string, unknown>>;
  /** Why the run counts for nothing; empty for a clean one. */
  readonly problems: readonly string[];
}

/** What every measurement needs. `scale` shrinks durations and counts, 1 = the full bench. */
export interface BenchSettings {
  readonly scale: number;
  /** Why nothing of this run counts, known before it began. */
  readonly problems: readonly string[];
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A count of the full bench, made smaller, never under `least`. */
export const scaled = (full: number, scale: number, least: number): number => Math.max(least, Math.round(full * scale));

const COLUMNS = ['row', 'what', 'figure', 'peer', 'ratio', 'target', 'verdict'] as const;

/** Columns as wide as their widest cell. */
export function tableOf(lines: readonly Line[]): string {
  const rows = [COLUMNS, ...lines.map((line) => COLUMNS.map((column) => String(line[column])))];
  const widths = COLUMNS.map((_, n) => Math.max(...rows.map((row) => (row[n] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Rounded as a person reads it. */
export const ms = (value: number): string => `${value.toFixed(Math.abs(value) < 100 ? 1 : 0)} ms`;
export const times = (value: number): string => `${value.toFixed(2)}x`;
