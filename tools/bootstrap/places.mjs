import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What this stack writes: logs, data, pids. */
export const home = resolve(process.env.CALLPLANE_HOME ?? join(root, '.callplane'));

/** Node 24, from its npm package. */
export const node24 = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

/** What is slow to make and shared by every clone: a folder of the user, or of the repository when that is closed. */
export function cacheFolder() {
  const ofUser = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'callplane');
  const wanted = process.env.CALLPLANE_CACHE ? [resolve(process.env.CALLPLANE_CACHE)] : [ofUser];
  return [...wanted, join(root, '.callplane', 'cache')].find(canWrite) ?? join(home, 'cache');
}

/** The first executable of this name on PATH. */
export function onPath(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canWrite(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
