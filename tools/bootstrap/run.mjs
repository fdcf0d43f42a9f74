import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/**
 * Runs a program with its output in a log file, calling `onLine` for each line.
 * Resolves with the exit code; 127 when there is no such program.
 */
export function runLogged(command, args, { logFile, onLine = () => {}, ...options }) {
  mkdirSync(dirname(logFile), { recursive: true });
  writeFileSync(logFile, `$ ${[command, ...args].join(' ')}\n`);
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        appendFileSync(logFile, text);
        for (const line of text.split('\n')) if (line.trim()) onLine(line);
      });
    }
    child.on('error', () => resolve(127));
    child.on('close', (code) => {
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}

/** The output of a short command, trimmed; undefined when it fails or does not exist. */
export function outputOf(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000, ...options });
  return done.status === 0 ? `${done.stdout}${done.stderr}`.trim() : undefined;
}

/**
 * Becomes, as nearly as Node 20 can, the given program: same terminal, signals passed on, same exit code.
 * The child also holds a pipe to us, so it notices when we are killed.
 */
export function become(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const forward = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      resolve(code ?? (signal ? 1 : 0));
    });
  });
}
