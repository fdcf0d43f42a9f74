import { launchService, waitUntilReady } from './launch-service.ts';
import { runStep } from './run-step.ts';
import type { ServicePlan, StackPlan } from './stack-plan.ts';
import { SupervisedProcess, type ProcessSpec, type Watcher } from './supervised-process.ts';
import type { HomeFiles } from './write-files.ts';

/** What the terminal is told while a stack starts and lives. */
export interface StackListener {
  onServer: (name: string, url: string) => void;
  onStep: (name: string) => void;
  onReady: (names: string[]) => void;
  /** It runs, but says that something is missing. */
  onNotReady: (name: string, why: string) => void;
  onDeath: (name: string, how: string) => void;
  onReturn: (name: string, pid: number, afterMs: number) => void;
}

/** How long each part may take to leave, so that the whole is gone within five seconds. */
const GRACE_MS = { services: 2000, peers: 500, livekit: 600, nats: 400, postgres: 1200, drain: 60_000 };
const READY_TIMEOUT_MS = 30_000;

/** Servers, steps, services and peers of one home: started in order, kept alive, stopped in order. */
export class Stack {
  private readonly servers: SupervisedProcess[] = [];
  private readonly services: SupervisedProcess[] = [];
  private readonly peers: SupervisedProcess[] = [];
  private readonly stopping = new AbortController();
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly files: HomeFiles,
    private readonly env: NodeJS.ProcessEnv,
    private readonly listener: StackListener,
  ) {}

  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Side by side: they do not need each other. */
  async startServers(specs: ProcessSpec[]): Promise<void> {
    await Promise.all(
      specs.map(async (spec) => {
        const running = await this.supervise(spec, this.servers).start();
        this.listener.onServer(spec.name, running.url);
      }),
    );
  }

  /** Resolves with what the steps printed as JSON, merged. */
  async runSteps(steps: StackPlan['steps']): Promise<Record<string, unknown>> {
    const results: Record<string, unknown> = {};
    for (const step of steps) {
      Object.assign(results, await runStep(step, this.env, this.files.logOf(step.name), this.stopping.signal));
      this.listener.onStep(step.name);
    }
    return results;
  }

  startServices(plans: ServicePlan[]): Promise<void> {
    return this.startPrograms(plans, this.services);
  }

  startPeers(plans: ServicePlan[]): Promise<void> {
    return this.startPrograms(plans, this.peers);
  }

  /** Everything, within five seconds; with `drain`, services first finish their calls (a minute at most). */
  stop(how: 'now' | 'drain'): Promise<void> {
    this.stopping.abort();
    this.stopped ??= this.stopInOrder(how);
    return this.stopped;
  }

  /** Without asking anybody. */
  kill(): void {
    this.stopping.abort();
    for (const one of this.all()) one.kill();
    this.files.release();
  }

  private async startPrograms(plans: ServicePlan[], tier: SupervisedProcess[]): Promise<void> {
    const started = plans.map(async (plan) => {
      const launch = (onSpawn: (pid: number) => void) =>
        launchService(plan, this.env, this.files.logOf(plan.name), onSpawn);
      const port = plan.port === undefined ? {} : { port: plan.port };
      await this.supervise({ name: plan.name, launch, ...port }, tier).start();
      if (plan.port === undefined) return undefined;
      const patience = plan.optionalAfterMs ?? READY_TIMEOUT_MS;
      const missing = await waitUntilReady(plan.port, patience, this.stopping.signal);
      if (missing === undefined) return undefined;
      if (plan.optionalAfterMs === undefined) throw new Error(`${plan.name} does not get ready: ${missing}`);
      this.listener.onNotReady(plan.name, missing);
      return missing;
    });
    const missing = await Promise.all(started);
    this.listener.onReady(plans.filter((_, index) => missing[index] === undefined).map(({ name }) => name));
  }

  private supervise(spec: ProcessSpec, tier: SupervisedProcess[]): SupervisedProcess {
    this.stopping.signal.throwIfAborted();
    const watcher: Watcher = {
      onChange: () => this.writeProcesses(),
      onDeath: this.listener.onDeath,
      onReturn: this.listener.onReturn,
    };
    const supervised = new SupervisedProcess(spec, watcher);
    tier.push(supervised);
    return supervised;
  }

  private async stopInOrder(how: 'now' | 'drain'): Promise<void> {
    const [grace, signals]: [number, NodeJS.Signals[]] =
      how === 'drain' ? [GRACE_MS.drain, ['SIGTERM']] : [GRACE_MS.services, ['SIGINT']];
    await Promise.all(this.services.map((one) => one.stop(grace, signals)));
    await Promise.all(this.peers.map((one) => one.stop(GRACE_MS.peers)));
    for (const name of ['livekit', 'nats', 'postgres'] as const) {
      await this.servers.find((one) => one.name === name)?.stop(GRACE_MS[name]);
    }
    await Promise.all(this.servers.map((one) => one.stop(GRACE_MS.nats)));
    this.files.release();
  }

  private all(): SupervisedProcess[] {
    return [...this.services, ...this.peers, ...this.servers];
  }

  private writeProcesses(): void {
    const entries = [...this.servers, ...this.services, ...this.peers].map((one) => one.entry);
    this.files.writeProcesses(entries.filter((entry) => entry !== undefined));
  }
}
