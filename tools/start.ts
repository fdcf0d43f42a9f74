/**
 * npm start: the servers, the services, the test phone and the example agent on one machine, kept alive until
 * Ctrl-C; then a demo call with a live timeline. tools/bootstrap.mjs has made everything ready before.
 */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { DemoFacts, runDemoCall } from './start/demo-call.ts';
import { planServers } from './start/plan-servers.ts';
import { SERVICE_PORTS, commonEnvironment, planPeers, planServices, planSteps } from './start/plan-services.ts';
import { DEMO_ORG, testPhoneUri, unpodVariables, type StackFacts } from './start/plan-services.ts';
import { choosePorts, findBusyPort } from './start/ports.ts';
import { claimHome, runStack } from './start/run-stack.ts';
import { loadSecrets } from './start/secrets.ts';
import { readSettings, type Settings } from './start/settings.ts';
import type { Stack } from './start/stack.ts';
import { Terminal } from './start/terminal.ts';
import { HomeFiles } from './start/write-files.ts';

const started = Date.now();
const terminal = new Terminal();

async function main(settings: Settings): Promise<void> {
  const files = new HomeFiles(settings.home);
  terminal.heading('Starting');
  await claimHome(files, terminal);
  try {
    await startEverything(settings, files);
  } catch (error) {
    files.release();
    throw error;
  }
}

async function startEverything(settings: Settings, files: HomeFiles): Promise<void> {
  const secrets = loadSecrets(settings.home);
  const ports = await choosePorts(settings.freePorts, settings.env);
  const servers = await planServers(settings, ports, secrets, files);
  const busy = await findBusyPort(ports, [...servers.ports, ...SERVICE_PORTS]);
  if (busy) throw new Error(busy);
  const facts: StackFacts = { settings, ports, secrets, addresses: servers.addresses };
  const services = await planServices(facts);
  const { phone, agent } = planPeers(facts);

  await runStack(files, { ...settings.env, ...commonEnvironment(facts) }, terminal, async (stack) => {
    for (const name of servers.found) terminal.line(name, 'already running');
    await stack.startServers(servers.specs);
    await servers.prepareDatabase();
    const printed = await stack.runSteps(planSteps(facts));
    await Promise.all([stack.startServices(services), stack.startPeers([phone])]);
    await stack.startPeers([agent]);
    files.writeEnv(connectionVariables(facts));
    terminal.heading(`Ready in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    if (settings.demo) await showDemo(stack, facts, printed);
    printHowToConnect(facts);
  });
}

async function showDemo(stack: Stack, { ports, secrets }: StackFacts, printed: Record<string, unknown>): Promise<void> {
  const facts = DemoFacts.safeParse(printed);
  const origin = { baseUrl: `http://127.0.0.1:${ports.api}`, token: secrets.platformToken, org: DEMO_ORG };
  if (facts.success && !stack.isStopping) await runDemoCall(origin, facts.data, terminal);
}

/** What `.callplane/env` holds: all a client, a test or a person with psql needs. */
function connectionVariables({ settings, ports, secrets, addresses }: StackFacts): Record<string, string> {
  return {
    ...unpodVariables(ports, secrets),
    CALLPLANE_API_KEY: secrets.apiKey,
    DATABASE_URL: addresses.databaseUrl,
    NATS_URL: addresses.natsUrl,
    LIVEKIT_URL: addresses.livekitUrl,
    LIVEKIT_API_KEY: addresses.livekitKey,
    LIVEKIT_API_SECRET: addresses.livekitSecret,
    CALLPLANE_GATEWAY_URI: `sip:127.0.0.1:${ports['gateway-sip']}`,
    CALLPLANE_TRUNK_URI: settings.trunkUri ?? testPhoneUri(ports),
    CALLPLANE_TEST_PHONE_URI: testPhoneUri(ports),
  };
}

function printHowToConnect({ settings, ports, secrets }: StackFacts): void {
  terminal.heading('Point the Unpod Python SDK at it');
  for (const [name, value] of Object.entries(unpodVariables(ports, secrets))) {
    terminal.plain(`  export ${name}=${value}`);
  }
  const logs = relative(process.cwd(), join(settings.home, 'logs')) || '.';
  terminal.plain(terminal.dim(`\n  API http://127.0.0.1:${ports.api}/docs   logs ${logs}   Ctrl-C stops everything`));
}

try {
  const root = resolve(import.meta.dirname, '..', '..');
  if (!existsSync(join(root, 'package.json'))) throw new Error('Run "npm start": this program runs from dist/tools.');
  await main(readSettings(root, process.argv.slice(2), process.env));
} catch (error) {
  terminal.problem(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
