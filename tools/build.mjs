/**
 * Bundles every program into dist/, which mirrors the repository: apps/api/main.ts -> dist/apps/api/main.js. Our libs
 * are inlined, npm packages stay outside. Does nothing when no source changed.
 *
 *   node tools/build.mjs                          all of it
 *   node tools/build.mjs apps/dispatcher tools    only what lies under these folders, always
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const find = (pattern) => globSync(pattern, { cwd: root, exclude: (path) => basename(path) === 'node_modules' });

/** Source -> program. A worker thread or child process of an app is a bundle of its own. */
const programs = [
  ...find('apps/*/main.ts').map((source) => [source, mirrored(source)]),
  ...find('apps/**/*.worker.ts').map((source) => [source, mirrored(source)]),
  ...find('tools/*.ts').map((source) => [source, mirrored(source)]),
  ...find('test/bench/*.ts').map((source) => [source, mirrored(source)]),
  ...find('examples/typescript-agent/{main,agent}.ts').map((source) => [source, 'examples/agent']),
].filter(([source]) => !/\.(spec|suite)\.ts$|\.d\.ts$/.test(source));

/** Files that are not code and are read at run time through `new URL('./name', import.meta.url)`. */
const assets = find('{apps,libs}/**/*.{py,onnx,json,wav,raw,txt,gram,lm,dict,sql,html,css}').filter(
  (path) => !/(^|\/)(project|package|tsconfig.*)\.json$/.test(path),
);

const sources = find('{apps,libs,tools,examples,test/bench}/**/*.{ts,mjs}');
const inputs = [...sources, ...assets, 'package-lock.json', 'tsconfig.base.json'].sort();

function mirrored(source) {
  return source.replace(/\.ts$/, '');
}

/** A file knows itself by `import.meta.url`; inside a bundle that must still be its own place, mirrored in dist. */
const ownPlaces = (source, outFile) => ({
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const place = relative(root, path);
      if (!text.includes('import.meta.url') || place === source || place.includes('node_modules')) return undefined;
      const away = posix.relative(posix.dirname(outFile), place);
      const own = `new URL(${JSON.stringify(`./${away}`)}, import.meta.url)`;
      return { contents: text.replaceAll('import.meta.url', `${own}.href`), loader: 'ts' };
    });
  },
});

/** What a tool does not use of libs/testing is left out, vitest with it, which runs only inside a test. */
const testingHasNoSideEffects = {
  name: 'testing-has-no-side-effects',
  setup({ onResolve, resolve: resolveAgain }) {
    onResolve({ filter: /^(@callplane\/testing|\.)/ }, async ({ path, pluginData, ...how }) => {
      if (pluginData === 'again' || (path.startsWith('.') && !how.importer.includes('/libs/testing/')))
        return undefined;
      const found = await resolveAgain(path, { ...how, pluginData: 'again' });
      return found.errors.length > 0 ? found : { ...found, sideEffects: false };
    });
  },
};

async function bundle([source, out]) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [{ in: source, out }],
    outdir: dist,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    tsconfig: 'tsconfig.base.json',
    sourcemap: true,
    // Nest names its providers after their classes.
    keepNames: true,
    logLevel: 'warning',
    plugins: [ownPlaces(source, `${out}.js`), testingHasNoSideEffects],
  });
  return result.outputFiles.map(({ path, contents }) => [path, contents]);
}

/** A worker can also be found beside its app's main.js, whatever folder its source lies in. */
function besideMain([source, out]) {
  const [apps, app, ...inner] = out.split('/');
  if (!source.endsWith('.worker.ts') || inner.length < 2) return [];
  const shim = `import ${JSON.stringify(`./${inner.join('/')}.js`)};\n`;
  return [[join(dist, apps, app, `${inner.at(-1)}.js`), Buffer.from(shim)]];
}

/** Whole or not at all, and only when different: another stack may be running from these files. */
function writeIfChanged([path, contents]) {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(contents))) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, contents);
  renameSync(`${path}.${process.pid}`, path);
}

function copyAsset(asset) {
  const target = join(dist, asset);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, asset), `${target}.${process.pid}`, { preserveTimestamps: true });
  renameSync(`${target}.${process.pid}`, target);
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const path of inputs) {
    const { mtimeMs, size } = statSync(join(root, path));
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

function removeStale(kept) {
  const known = new Set([...kept, ...assets.map((asset) => join(dist, asset))]);
  const present = globSync('{apps,examples,libs,test,tools}/**/*', { cwd: dist, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const entry of present) {
    const path = join(entry.parentPath, entry.name);
    if (!known.has(path) && !/\.\d+$/.test(path)) rmSync(path, { force: true });
  }
}

/** All programs and assets, unless they are there already. */
async function buildAll() {
  const stamp = join(dist, '.built-from');
  const wanted = fingerprint();
  const complete = programs.every(([, out]) => existsSync(join(dist, `${out}.js`)));
  if (complete && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return 'up to date';
  rmSync(stamp, { force: true });
  const outputs = await buildPrograms(programs);
  assets.forEach(copyAsset);
  removeStale([...outputs.map(([path]) => path), stamp]);
  writeFileSync(stamp, wanted);
  return `${programs.length} programs`;
}

async function buildUnder(folders) {
  const chosen = programs.filter(([source]) => folders.some((folder) => source.startsWith(folder)));
  await buildPrograms(chosen);
  assets.filter((asset) => folders.some((folder) => asset.startsWith(folder))).forEach(copyAsset);
  return `${chosen.length} programs`;
}

async function buildPrograms(chosen) {
  const outputs = [...(await Promise.all(chosen.map(bundle))).flat(), ...chosen.flatMap(besideMain)];
  outputs.forEach(writeIfChanged);
  return outputs;
}

const since = Date.now();
const folders = process.argv.slice(2);
try {
  const done = folders.length > 0 ? await buildUnder(folders) : await buildAll();
  console.log(
    `  build        ${done}${done === 'up to date' ? '' : ` in ${((Date.now() - since) / 1000).toFixed(1)} s`}`,
  );
} catch (error) {
  // esbuild has printed what is wrong in which file; its stack says nothing more.
  if (!error.errors) throw error;
  process.exitCode = 1;
}
