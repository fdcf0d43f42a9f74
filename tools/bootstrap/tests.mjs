import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { home, node24, root } from './places.mjs';
import { heading } from './report.mjs';
import { become } from './run.mjs';

/** Runs vitest over the built system; the last line is `N passed, N failed`. */
export async function runTests(args, env) {
  heading('Tests');
  const report = join(home, 'test-report.json');
  mkdirSync(home, { recursive: true });
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // The whole suite also holds the coverage floor; a part of it cannot.
  const coverage = args.length === 0 ? ['--coverage'] : [];
  const code = await become(node24, [vitest, 'run', ...reporters, ...coverage, ...args], { env });
  const { passed, failed } = countResults(report, code);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || code !== 0 ? 1 : 0;
}

/** A file that failed to load holds no failed test, and a run that ended early no report: both count as a failure. */
function countResults(report, code) {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  );
  const failed = numFailedTests + broken.length;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}
