/**
 * The first bench: rows 1, 3, 5 and 7 of the scoreboard, each beside its peer in the same run, on a platform of its own.
 *
 *   npm run bench:first                  about five minutes, on a machine that does nothing else
 *   BENCH_SCALE=0.1 npm run bench:first  the same with less of everything, to see that it works
 *   BENCH_ROWS=5,7                       only these rows
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describeRun, loadNow, loadProblems } from './first/describe-run.ts';
import { measureCreate } from './first/measure-create.ts';
import { measureCrowd } from './first/measure-crowd.ts';
import { measureDial } from './first/measure-dial.ts';
import { measureTurns } from './first/measure-turns.ts';
import { openStack } from './first/open-stack.ts';
import { tableOf, type BenchSettings, type Line, type Measurement } from './first/result.ts';
import { prepareAccount } from './first/talking-phone.ts';
import type { Platform } from '../support/platform.ts';

type Measure = (platform: Platform, settings: BenchSettings) => Promise<Measurement>;

/** What makes sound first: a table full of deleted calls must not disturb it. */
const ROWS: readonly [row: number, name: string, measure: Measure][] = [
  [5, 'turns', measureTurns],
  [7, 'five conversations', measureCrowd],
  [3, 'dialling', measureDial],
  [1, 'POST /calls', measureCreate],
];
const RESULTS = join('test', 'bench', 'results', 'first.json');
/** A trial must not replace the figures of a full run. */
const TRIAL_RESULTS = join('.callplane', 'bench-first.json');

async function main(): Promise<void> {
  const loadBefore = loadNow();
  const scale = Number(process.env['BENCH_SCALE'] ?? '1');
  if (!(scale > 0 && scale <= 1)) throw new Error('BENCH_SCALE is a number above 0, at most 1.');
  const wanted = (process.env['BENCH_ROWS'] ?? '1,3,5,7').split(',').map(Number);
  const began = performance.now();
  const { platform, stop } = await openStack();
  try {
    await prepareAccount(platform);
    const run = await describeRun(platform, loadBefore);
    const settings = { scale, problems: loadProblems(loadBefore) };
    const measured: { row: number; measurement: Measurement }[] = [];
    for (const [row, name, measure] of ROWS.filter(([row]) => wanted.includes(row))) {
      console.log(`measuring row ${row}: ${name}`);
      const measurement = await measure(platform, settings);
      console.log(tableOf(measurement.lines));
      measured.push({ row, measurement });
    }
    measured.sort((a, b) => a.row - b.row);
    const lines: Line[] = measured.flatMap(({ measurement }) => measurement.lines);
    const problems = [...new Set(measured.flatMap(({ measurement }) => measurement.problems))];
    const seconds = Math.round((performance.now() - began) / 1000);
    const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`);
    console.log(`\n${tableOf(lines)}\n`);
    console.log(
      `${run.cpu}, ${run.cores} cores, load ${run.loadBefore} before the start, scale ${scale}, ${seconds} s`,
    );
    console.log(
      `${versions.join(', ')}; Postgres fsync ${run.postgres.fsync}, synchronous_commit ${run.postgres.synchronousCommit}`,
    );
    for (const problem of problems) console.log(`void: ${problem}`);
    const isFull = scale === 1 && measured.length === ROWS.length;
    const rows = measured.map(({ row, measurement }) => ({ row, ...measurement }));
    await writeResults(isFull ? RESULTS : TRIAL_RESULTS, {
      measuredAt: new Date().toISOString(),
      scale,
      seconds,
      ...run,
      rows,
    });
  } finally {
    await stop();
  }
}

/** Formatted as the repository's check wants it, without digits that say nothing. */
async function writeResults(path: string, results: object): Promise<void> {
  const text = JSON.stringify(results, (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 10_000) / 10_000 : value,
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
  console.log(`figures in ${path}`);
}

let code = 0;
try {
  await main();
} catch (error) {
  console.error(error);
  code = 1;
}
process.exit(code);
