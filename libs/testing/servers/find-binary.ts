import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import versions from './versions.json' with { type: 'json' };

/** A program that is not an npm package: a server, or what checks deploy/. */
export type ServerProgram = keyof typeof versions;

/** Where `npm start` and `npm test` keep what they built: `CALLPLANE_CACHE`, else a folder of the user. */
function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['CALLPLANE_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'callplane');
}

/** The variable that names a program outright, e.g. `CALLPLANE_NATS_SERVER`. */
function programVariable(program: ServerProgram): string {
  return `CALLPLANE_${program.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The path of such a program: the variable above, then PATH, then the cache. It builds nothing;
 * `tools/bootstrap.mjs` does. Throws a sentence that says what to do when there is none.
 */
export function findBinary(program: ServerProgram, env: NodeJS.ProcessEnv = process.env): string {
  const named = env[programVariable(program)];
  const onPath = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const cached = join(cacheFolder(env), `${program}-${versions[program].version}`);
  const candidates = named ? [named] : [...onPath, cached].map((folder) => join(folder, program));
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new Error(
    named
      ? `${programVariable(program)} names ${named}, which is not an executable file; correct or unset it.`
      : `${program} was not found: put it on PATH, or run "node tools/bootstrap.mjs setup", which builds it with Go.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
