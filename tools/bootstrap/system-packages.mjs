import { join } from 'node:path';
import { home, onPath } from './places.mjs';
import { heartbeat, say, seconds, SetupError } from './report.mjs';
import { runLogged } from './run.mjs';

/** Program -> Debian package. `npm test` needs all of them; `npm start` speaks better with the last. */
const programs = [
  { program: 'sipp', deb: 'sip-tester', why: 'the far end of the end-to-end tests' },
  { program: 'flite', deb: 'flite', why: 'the voice the recogniser understands, in the spoken test' },
  { program: 'espeak-ng', deb: 'espeak-ng', why: 'the local voice' },
];

/** Installs what the tests need where that is possible without asking (root, apt), else says the exact command. */
export async function installTestPrograms() {
  const missing = programs.filter(({ program }) => !onPath(program));
  if (missing.length === 0) return say('programs', programs.map(({ program }) => program).join(', '));
  const debs = missing.map(({ deb }) => deb);
  const command = `sudo apt-get update && sudo apt-get install -y ${debs.join(' ')}`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    const names = missing.map(({ program, why }) => `${program} (${why})`).join(', ');
    throw new SetupError(`npm test needs ${names}; install with: ${command}`);
  }
  const since = Date.now();
  say('programs', `apt-get install ${debs.join(' ')}`);
  const stop = heartbeat('programs', () => 'apt-get');
  const logFile = join(home, 'logs', 'apt.log');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...debs];
  let code = await runLogged('apt-get', install, { logFile, env });
  if (code !== 0) {
    await runLogged('apt-get', ['update'], { logFile, env });
    code = await runLogged('apt-get', install, { logFile, env });
  }
  stop();
  if (code !== 0) throw new SetupError(`apt-get could not install ${debs.join(' ')}; its output is in ${logFile}.`);
  say('programs', `installed in ${seconds(since)}`);
}

/** Names a missing local voice without stopping: the platform starts, and another engine may be configured. */
export function mentionVoice() {
  if (onPath('espeak-ng')) return;
  say(
    'speech',
    'espeak-ng is not installed, so the packaged voice is used; for the better one: apt-get install espeak-ng',
  );
}
