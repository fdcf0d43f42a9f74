import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { home, node24, root } from './places.mjs';
import { heartbeat, say, seconds, SetupError } from './report.mjs';
import { runLogged } from './run.mjs';

/** `npm ci` when node_modules is missing or is not what package-lock.json says. */
export async function installPackages() {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lockText).digest('hex');
  const stamp = join(root, 'node_modules', '.callplane-lock-sha256');
  const known = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (known && existsSync(node24)) return say('packages', 'up to date');
  if (matchesLock(JSON.parse(lockText)) && existsSync(node24)) {
    say('packages', 'up to date (installed by hand)');
  } else {
    await npmCi();
  }
  writeFileSync(stamp, hash);
}

async function npmCi() {
  const since = Date.now();
  say('packages', 'npm ci: about a minute, longer the first time');
  const stop = heartbeat('packages', () => 'npm ci');
  const logFile = join(home, 'logs', 'npm-ci.log');
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
  // onnxruntime-node would fetch GPU builds that nothing here uses.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  // Set by "npm ci --omit=dev" habits; the build and Postgres are development dependencies.
  delete env.NODE_ENV;
  const code = await runLogged(command, [...args, '--include=dev'], { cwd: root, env, logFile });
  stop();
  if (code !== 0) throw new SetupError(`npm ci failed; its output is in ${logFile}.`);
  if (!existsSync(node24)) {
    throw new SetupError('npm ci left no Node 24 in node_modules/.bin: allow install scripts for the package "node".');
  }
  say('packages', `installed in ${seconds(since)}`);
}

/** npm's own record of what it installed, compared entry by entry; packages for other platforms may be absent. */
function matchesLock(lock) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/') || wanted.link) return true;
    const found = installed[path];
    return found ? found.version === wanted.version : Boolean(wanted.optional ?? wanted.peer);
  });
}
