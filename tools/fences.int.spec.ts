import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Violations that each fence must see; the files exist only while this runs. */
const PLANTED = {
  'libs/domain/planted-impurity.ts': [
    "import { readFileSync } from 'node:fs';",
    "import { CallStore } from '@callplane/persistence';",
    'export const planted = [readFileSync, CallStore, Date.now(), Math.random(), new Date(), process.pid];',
  ],
  'apps/webhook-notifier/planted-shortcut.ts': [
    "import { DataSource } from 'typeorm';",
    "import { hangUpFact } from '../dispatcher/fact-builders.ts';",
    "import { waitFor } from '@callplane/testing';",
    'export const planted = [DataSource, hangUpFact, waitFor];',
  ],
  'apps/webhook-notifier/relay-event/planted-sibling.ts': [
    "export { followUp } from '../deliver-webhook/retry-ladder.ts';",
  ],
};
const files = Object.keys(PLANTED);

beforeAll(() => {
  for (const [file, lines] of Object.entries(PLANTED)) writeFileSync(join(ROOT, file), `${lines.join('\n')}\n`);
});
afterAll(() => {
  for (const file of files) rmSync(join(ROOT, file), { force: true });
});

function run(program: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin', program), args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  return { status, output: stdout + stderr };
}

describe('the fences between layers catch a planted violation', () => {
  it('dependency-cruiser: built-ins and libraries in the domain, sibling handlers, other apps, test code', () => {
    const { status, output } = run('depcruise', 'apps', 'libs', '--output-type', 'err');
    expect(status).not.toBe(0);
    expect(output).toContain('domain-is-pure: libs/domain/planted-impurity.ts → fs');
    expect(output).toContain('domain-is-pure: libs/domain/planted-impurity.ts → libs/platform/persistence/index.ts');
    expect(output).toContain('handlers-keep-apart: apps/webhook-notifier/relay-event/planted-sibling.ts');
    expect(output).toContain('apps-keep-apart: apps/webhook-notifier/planted-shortcut.ts');
    expect(output).toContain('test-code-stays-in-tests: apps/webhook-notifier/planted-shortcut.ts');
  });

  it('ESLint with the Nx rule: layers, banned packages, and a clock in the domain', () => {
    // The rule reads the project graph that Nx has cached; any Nx command makes it.
    expect(run('nx', 'show', 'projects').status).toBe(0);
    const { status, output } = run('eslint', '--no-color', ...files);
    expect(status).not.toBe(0);
    const about = (file: string): string => output.split(join(ROOT, file))[1]?.split(ROOT)[0] ?? '';
    const domain = about('libs/domain/planted-impurity.ts');
    expect(domain).toContain('@nx/enforce-module-boundaries');
    expect(domain.match(/Time is an argument in the domain/g)).toHaveLength(2);
    expect(domain).toContain('Randomness is an argument in the domain');
    expect(domain).toContain("Unexpected use of 'process'");
    expect(
      about('apps/webhook-notifier/planted-shortcut.ts').match(/@nx\/enforce-module-boundaries/g)?.length,
    ).toBeGreaterThanOrEqual(2);
  });
});
