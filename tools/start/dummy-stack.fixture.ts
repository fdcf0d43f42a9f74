/** A stack of one real server and three tiny services, for stack.int.spec.ts, which bundles and runs it. */
import { startNats } from '@callplane/testing';
import { join } from 'node:path';
import { claimHome, runStack } from './run-stack.ts';
import { Terminal } from './terminal.ts';
import { HomeFiles } from './write-files.ts';

const [home = '', program = '', natsPort = '', firstPort = ''] = process.argv.slice(2);
const files = new HomeFiles(home);
const terminal = new Terminal();

try {
  await claimHome(files, terminal);
} catch (error) {
  terminal.problem(String(error));
  process.exit(1);
}
await runStack(files, { ...process.env }, terminal, async (stack) => {
  const port = Number(natsPort);
  const launch = (onSpawn: (pid: number) => void) =>
    startNats({ storeDir: join(home, 'nats'), port, logFile: files.logOf('nats'), onSpawn });
  await stack.startServers([{ name: 'nats', port, launch }]);
  const env = (offset: number, behaviour: string) => ({
    PORT: String(Number(firstPort) + offset),
    BEHAVIOUR: behaviour,
  });
  const plan = (name: string, offset: number, behaviour: string) => ({
    name,
    program,
    port: Number(firstPort) + offset,
    env: env(offset, behaviour),
  });
  await stack.startServices([plan('polite', 0, 'polite'), plan('stubborn', 1, 'stubborn')]);
  await stack.startPeers([plan('peer', 2, 'polite')]);
  files.writeEnv({ READY: 'yes' });
});
