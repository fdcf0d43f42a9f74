import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node24, root } from './places.mjs';
import { heading, say, seconds } from './report.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const built = (name, ...args) => [node24, ['--enable-source-maps', join(root, 'dist', 'tools', `${name}.js`), ...args]];

/** None at all is allowed, from about fifteen lines on; tests may repeat themselves. */
const duplication = [
  ...['--threshold', '0', '--min-tokens', '70', '--reporters', 'console'],
  ...['--ignore', '**/*.spec.ts,**/*.suite.ts,**/*.json,**/*.xml'],
];

/** Cheapest first. Each is a program and its arguments, run in the root of the repository. */
const steps = [
  { name: 'format', run: [bin('prettier'), ['--check', '--log-level', 'warn', '.']] },
  { name: 'lint', run: [bin('nx'), ['run-many', '-t', 'lint', '--outputStyle=static']] },
  { name: 'imports', run: [bin('depcruise'), ['apps', 'libs', 'test', 'tools', 'examples', '--output-type', 'err']] },
  { name: 'types', run: [bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']] },
  { name: 'unused', run: [bin('knip'), []] },
  { name: 'duplicates', run: [bin('jscpd'), ['apps', 'libs', 'tools', 'examples', ...duplication]] },
  { name: 'build', run: [node24, [join(root, 'tools', 'build.mjs')]] },
  { name: 'docs', run: built('gen-docs', '--check') },
  { name: 'migrations', run: built('check-migrations') },
  { name: 'deploy', run: built('check-deploy') },
];

/** Runs every step (or those named), prints each with its time, and sums up; resolves with the exit code. */
export async function runChecks(names, env) {
  heading('Checks');
  const chosen = names.length > 0 ? steps.filter(({ name }) => names.includes(name)) : steps;
  const failed = [];
  for (const { name, run } of chosen) {
    const since = Date.now();
    const [program, args] = run;
    const { code, output } = await runQuietly(program, args, env);
    say(name, `${code === 0 ? 'ok' : 'FAILED'}  ${seconds(since)}`);
    if (code === 0) continue;
    failed.push(name);
    console.log(output.trimEnd().replace(/^/gm, '      '));
  }
  say('', '');
  say('result', failed.length === 0 ? `all ${chosen.length} checks passed` : `failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

/** Output is shown only when a step fails. The Nx daemon would stay behind after a CI run. */
function runQuietly(program, args, env) {
  if (!existsSync(program)) return Promise.resolve({ code: 127, output: `${program} does not exist` });
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...env, NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', NO_COLOR: '1', FORCE_COLOR: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 127, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
