import { STACK_MARK, endOrphans, findRunningSupervisor } from './clean-up.ts';
import { Stack, type StackListener } from './stack.ts';
import type { Terminal } from './terminal.ts';
import type { HomeFiles } from './write-files.ts';

/** Ctrl-C reaches us from the terminal and again from npm; that is one wish, not two. */
const SAME_SIGNAL_MS = 500;

/** Makes the home ours: refuses beside another supervisor, ends what a killed one left behind. */
export async function claimHome(files: HomeFiles, terminal: Terminal): Promise<void> {
  const running = findRunningSupervisor(files);
  if (running) throw new Error(running);
  const orphans = await endOrphans(files);
  if (orphans.length > 0) terminal.line('cleaned up', `left by the last run: ${orphans.join(', ')}`);
  files.removeEnv();
  files.writeProcesses([]);
  files.claim(process.pid);
}

/** Runs `start` on a new stack and stays until a signal; every way out stops all of it and ends this process. */
export async function runStack(
  files: HomeFiles,
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
  start: (stack: Stack) => Promise<void>,
): Promise<void> {
  // The servers inherit it as well; it is how a later start knows them.
  process.env[STACK_MARK] = files.home;
  const stack = new Stack(files, { ...env, [STACK_MARK]: files.home }, listener(terminal));
  stopOnSignals(stack, terminal);
  try {
    await start(stack);
  } catch (error) {
    if (stack.isStopping) return;
    terminal.problem(error instanceof Error ? error.message : String(error));
    terminal.line('logs', files.logs);
    await stack.stop('now');
    process.exit(1);
  }
}

function stopOnSignals(stack: Stack, terminal: Terminal): void {
  let first = 0;
  const stop = (how: 'now' | 'drain'): void => {
    const now = Date.now();
    if (first > 0 && now - first < SAME_SIGNAL_MS) return;
    if (first > 0) {
      terminal.line('stopping', 'at once');
      stack.kill();
      process.exit(1);
    }
    first = now;
    terminal.heading(how === 'drain' ? 'Draining: live calls may finish (a minute at most)' : 'Stopping');
    void stack.stop(how).then(() => {
      terminal.line('stopped', `in ${((Date.now() - now) / 1000).toFixed(1)} s`);
      process.exit(0);
    });
  };
  process.on('SIGINT', () => stop('now'));
  process.on('SIGHUP', () => stop('now'));
  process.on('SIGTERM', () => stop('drain'));
  // Who started us (tools/bootstrap.mjs) was killed: nobody could stop us any more.
  process.on('disconnect', () => stop('now'));
}

function listener(terminal: Terminal): StackListener {
  return {
    onServer: (name, url) => terminal.line(name, new URL(url).host),
    onStep: (name) => terminal.line(name, 'done'),
    onReady: (names) => terminal.line('ready', names.join(', ')),
    onNotReady: (name, why) => terminal.line(name, `runs, but is not ready: ${readable(why)}`),
    onDeath: (name, how) => terminal.line(name, `ended (${how}), starting it again`),
    onReturn: (name, pid, afterMs) => terminal.line(name, `back after ${(afterMs / 1000).toFixed(1)} s (pid ${pid})`),
  };
}

function readable(why: string): string {
  return why.replaceAll(/\s+/g, ' ').slice(0, 200);
}
