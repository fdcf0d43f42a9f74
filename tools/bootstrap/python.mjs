import { existsSync, readdirSync, renameSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { home, onPath } from './places.mjs';
import { heartbeat, say, seconds, SetupError } from './report.mjs';
import { outputOf, runLogged } from './run.mjs';

/** The recogniser of the local speech engine. Without it the platform still starts, and /readyz names it. */
const speech = {
  subject: 'speech',
  folder: 'speech-venv',
  oldest: [3, 9],
  // Its one dependency drives microphones.
  packages: ['--no-deps', 'pocketsphinx==5.1.1'],
  proof: 'import pocketsphinx',
};

/** The real Unpod SDK, for the interop tests. */
const interop = {
  subject: 'unpod sdk',
  folder: 'interop-venv',
  oldest: [3, 12],
  packages: ['unpod==0.5.0'],
  proof: 'import unpod',
};

/** Makes the recogniser's environment; resolves with the variable that names it, or nothing and one sentence. */
export async function prepareSpeech(cache) {
  if (process.env.CALLPLANE_SPEECH_VENV) return {};
  try {
    return { CALLPLANE_SPEECH_VENV: await prepareEnvironment(speech, cache) };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say('speech', `local speech recognition is off: ${error.message}`);
    return {};
  }
}

/** Makes the environment of the interop tests; without Python 3.12 they cannot run, so that is an error. */
export async function prepareInterop(cache) {
  if (process.env.CALLPLANE_INTEROP_VENV) return {};
  return { CALLPLANE_INTEROP_VENV: await prepareEnvironment(interop, cache) };
}

async function prepareEnvironment({ subject, folder, oldest, packages, proof }, cache) {
  const place = join(cache, folder);
  const stamp = join(place, 'made-with');
  const recipe = packages.join(' ');
  const python = join(place, 'bin', 'python3');
  const made = existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe;
  if (made && outputOf(python, ['-c', proof]) !== undefined) {
    say(subject, `${packages.at(-1)} from the cache`);
    return place;
  }
  const version = oldest.join('.');
  const base = findPython(oldest);
  if (!base)
    throw new SetupError(`Python ${version} or newer was not found; install it (with venv) and run this again.`);
  const since = Date.now();
  say(subject, `installing ${packages.at(-1)} with ${base}`);
  const stop = heartbeat(subject, () => 'pip install');
  const logFile = join(home, 'logs', `${folder}.log`);
  rmSync(place, { recursive: true, force: true });
  const quiet = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1', PYTHONHOME: undefined, PYTHONPATH: undefined };
  let code = await runLogged(base, ['-m', 'venv', place], { logFile, env: quiet });
  if (code === 0) {
    code = await runLogged(python, ['-m', 'pip', 'install', ...packages], { logFile, env: quiet });
  }
  stop();
  if (code !== 0 || outputOf(python, ['-c', proof]) === undefined) {
    if (existsSync(place)) rmSync(place, { recursive: true, force: true });
    throw new SetupError(`${packages.at(-1)} could not be installed with ${base}; the output is in ${logFile}.`);
  }
  writeFileSync(`${stamp}.new`, recipe);
  renameSync(`${stamp}.new`, stamp);
  say(subject, `installed in ${seconds(since)}`);
  return place;
}

/** The first Python that is new enough and can make environments. pyenv's shims exist even where they fail. */
function findPython(oldest) {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const versions = existsSync(pyenv) ? readdirSync(pyenv).sort(byVersion).reverse() : [];
  const names = ['python3', 'python3.12', 'python3.13', 'python3.11', 'python3.10'];
  const candidates = [
    ...names.map((name) => onPath(name)).filter(Boolean),
    ...versions.map((name) => join(pyenv, name, 'bin', 'python3')),
  ];
  const test = `import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < (${oldest.join(',')}))`;
  return candidates.find((path) => outputOf(path, ['-c', test]) !== undefined);
}

function byVersion(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}
