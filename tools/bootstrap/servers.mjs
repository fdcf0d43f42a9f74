import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { home, isExecutable, onPath, root } from './places.mjs';
import { heartbeat, say, seconds, SetupError } from './report.mjs';
import { outputOf, runLogged } from './run.mjs';

const versions = JSON.parse(readFileSync(join(root, 'libs', 'testing', 'servers', 'versions.json'), 'utf8'));

/** Which variable points at a running one, and which names its program for the processes we start. */
const servers = [
  { program: 'nats-server', subject: 'nats', url: 'NATS_URL', names: 'CALLPLANE_NATS_SERVER', takes: '20 seconds' },
  {
    program: 'livekit-server',
    subject: 'livekit',
    url: 'LIVEKIT_URL',
    names: 'CALLPLANE_LIVEKIT_SERVER',
    takes: '3 minutes',
  },
];

/** What looks at deploy/ in `npm run check`. */
const deployTools = [
  { program: 'helm', subject: 'helm', names: 'CALLPLANE_HELM', takes: '3 minutes', asked: ['version', '--short'] },
  { program: 'kubeconform', subject: 'kubeconform', names: 'CALLPLANE_KUBECONFORM', takes: '1 minute', asked: ['-v'] },
];

/** Finds or builds them, from the same places as the servers. */
export async function findDeployTools(cache) {
  const found = await Promise.all(deployTools.map((tool) => findServer(tool, cache, false)));
  return Object.assign({}, ...found);
}

/**
 * Finds or builds the servers that do not come from npm; resolves with the variables that name their programs.
 * Order: one already running at the configured URL, PATH, the cache, `go install`.
 */
export async function findServers(cache, { reuseRunning }) {
  const found = await Promise.all(servers.map((server) => findServer(server, cache, reuseRunning)));
  return Object.assign({}, ...found);
}

async function findServer({ program, subject, url, names, takes, asked = ['--version'] }, cache, reuseRunning) {
  const configured = reuseRunning ? process.env[url] : undefined;
  if (configured && (await answers(configured))) {
    say(subject, `already running (${url})`);
    return {};
  }
  const named = process.env[names];
  if (named && !isExecutable(named)) {
    throw new SetupError(`${names} names ${named}, which is not an executable file; correct or unset it.`);
  }
  if (named) return { [names]: named };
  const { version, oldest } = versions[program];
  const path = onPath(program);
  if (path && isRecent(path, asked, oldest)) {
    say(subject, `from PATH: ${path}`);
    return { [names]: path };
  }
  if (path) say(subject, `${path} is older than ${oldest} and is passed over`);
  const cached = join(cache, `${program}-${version}`, program);
  if (isExecutable(cached)) say(subject, `${version} from the cache`);
  else await build(program, subject, cache, takes);
  return { [names]: cached };
}

async function build(program, subject, cache, takes) {
  const { module, version, built } = versions[program];
  if (!onPath('go')) {
    const choices = `install Go (https://go.dev/dl) so that it can be built, or put ${program} on your PATH`;
    throw new SetupError(`${program} was not found and Go is not installed: ${choices}, then run this again.`);
  }
  const since = Date.now();
  say(subject, `building ${program} ${version} with Go: about ${takes} the first time`);
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(join(cache, `${program}.`));
  const progress = { downloaded: 0, compiled: 0 };
  const stop = heartbeat(
    subject,
    () => `${progress.downloaded} modules downloaded, ${progress.compiled} packages compiled`,
  );
  const logFile = join(home, 'logs', `build-${program}.log`);
  const code = await runLogged('go', ['install', '-v', `${module}@${version}`], {
    cwd: cache,
    env: { ...process.env, GOBIN: partial, GOFLAGS: '', GO111MODULE: 'on' },
    logFile,
    onLine: (line) => {
      if (line.startsWith('go: downloading')) progress.downloaded += 1;
      else progress.compiled += 1;
    },
  });
  stop();
  if (code !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new SetupError(`Go could not build ${program} ${version}; its output is in ${logFile}.`);
  }
  if (built !== program) renameSync(join(partial, built), join(partial, program));
  const target = join(cache, `${program}-${version}`);
  // Another clone may have finished first; its build is the same.
  if (existsSync(target)) rmSync(partial, { recursive: true, force: true });
  else renameSync(partial, target);
  say(subject, `built in ${seconds(since)}`);
}

function isRecent(path, asked, oldest) {
  const found = outputOf(path, asked)?.match(/(\d+)\.(\d+)\.(\d+)/);
  if (!found) return false;
  const wanted = oldest.split('.').map(Number);
  const have = found.slice(1).map(Number);
  const differing = have.findIndex((part, index) => part !== wanted[index]);
  return differing < 0 || have[differing] > wanted[differing];
}

function answers(url) {
  const { hostname, port, protocol } = new URL(url);
  const defaultPort = protocol === 'wss:' || protocol === 'https:' ? 443 : 80;
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || defaultPort) });
    const done = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(2000, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
