/**
 * npm start | npm test | npm run check, on a fresh clone: plain Node 20 without packages, which makes everything
 * else ready and hands over to Node 24.
 */
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runChecks } from './bootstrap/checks.mjs';
import { installPackages } from './bootstrap/packages.mjs';
import { cacheFolder, home, node24, root } from './bootstrap/places.mjs';
import { prepareInterop, prepareSpeech } from './bootstrap/python.mjs';
import { heading, say, seconds, SetupError } from './bootstrap/report.mjs';
import { become } from './bootstrap/run.mjs';
import { findDeployTools, findServers } from './bootstrap/servers.mjs';
import { installTestPrograms, mentionVoice } from './bootstrap/system-packages.mjs';
import { runTests } from './bootstrap/tests.mjs';

const commands = { start, test, check, setup };

async function start(args) {
  forgetLastRun();
  const env = await prepare({ reuseRunning: true });
  mentionVoice();
  await build(env);
  return become(node24, ['--enable-source-maps', join(root, 'dist', 'tools', 'start.js'), ...args], { env });
}

async function test(args) {
  const env = await prepare({ reuseRunning: false });
  await installTestPrograms();
  Object.assign(env, await prepareInterop(cacheFolder()));
  await build(env);
  // Tests start servers of their own; a shell that knows a running stack must not lend them its data.
  Object.assign(env, { DATABASE_URL: undefined, NATS_URL: undefined, LIVEKIT_URL: undefined });
  return runTests(args, env);
}

async function check(args) {
  const wanted = args.length === 0 || args.includes('deploy');
  const [tools] = await Promise.all([wanted ? findDeployTools(cacheFolder()) : {}, installPackages()]);
  return runChecks(args, { ...environment(), ...tools });
}

/** Everything a developer needs before running single tests by hand. */
async function setup() {
  const [env] = await Promise.all([prepare({ reuseRunning: false }), findDeployTools(cacheFolder())]);
  await installTestPrograms();
  Object.assign(env, await prepareInterop(cacheFolder()));
  await build(env);
  say('ready', `in ${seconds()}`);
  return 0;
}

async function prepare({ reuseRunning }) {
  heading('Preparing');
  const cache = cacheFolder();
  const env = environment();
  const [servers, speech] = await Promise.all([
    findServers(cache, { reuseRunning }),
    prepareSpeech(cache),
    installPackages(),
  ]);
  return Object.assign(env, servers, speech);
}

/** What every process we start sees: Node 24 first on PATH, and where things are. */
function environment() {
  const bin = join(root, 'node_modules', '.bin');
  return {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    CALLPLANE_CACHE: cacheFolder(),
    CALLPLANE_HOME: home,
  };
}

/** `.callplane/env` says "ready"; one left by a stack that was killed would say so too early. */
function forgetLastRun() {
  const claim = join(home, 'supervisor.pid');
  try {
    process.kill(Number(readFileSync(claim, 'utf8')), 0);
  } catch {
    rmSync(join(home, 'env'), { force: true });
  }
}

async function build(env) {
  const code = await become(node24, [join(root, 'tools', 'build.mjs')], { env });
  if (code !== 0) throw new SetupError('The build failed; the errors are above.');
}

async function main([name = 'start', ...args]) {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new SetupError(`Node 20 or newer is needed; this is ${process.version} (https://nodejs.org).`);
  const command = commands[name];
  if (!command) throw new SetupError(`Unknown command "${name}"; known: ${Object.keys(commands).join(', ')}.`);
  process.chdir(root);
  return command(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  // At once: a long build that runs beside what failed is of no use any more.
  process.exit(1);
}
