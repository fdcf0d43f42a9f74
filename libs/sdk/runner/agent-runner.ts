import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { httpOrigin, runnerHeaders, type ConnectionOptions } from '../connection-settings.ts';
import type { CallContext } from '../session/call-context.ts';
import { HookTable, type Handler } from '../session/hooks.ts';
import { reconnectDelay } from './backoff.ts';
import { ControlLink } from './control-link.ts';
import type { Frame, JobAssign } from './frames.ts';
import { serveJob } from './serve-job.ts';

export interface AgentRunnerOptions extends ConnectionOptions {
  /** Calls of this agent come to this runner, and to every other process that runs one of the same id. */
  agentId: string;
  /** Called once for each call; the call ends when it returns. */
  entrypoint: (ctx: CallContext) => Promise<void>;
  /** Default 10. Calls beyond it go to other runners, or wait. */
  maxConcurrentCalls?: number;
  /** Development: take no ordinary calls. */
  dev?: boolean;
  /** Told what goes wrong outside a session; default: one line on stderr. */
  onProblem?: (message: string, details: Record<string, unknown>) => void;
}

/** What a runner tells. */
export interface RunnerHooks {
  /** Connected and known to the platform; again after each reconnect. */
  registered: [workerId: string];
  /** A call's handshake is done; the entrypoint starts next. */
  call_start: [ctx: CallContext];
  /** The entrypoint returned (`ended`) or threw (`failed`). */
  call_end: [ctx: CallContext, how: 'ended' | 'failed'];
}

/**
 * Serves an agent's calls. It only dials out, so it needs no public address; it reconnects for ever, and live calls survive that.
 *
 * ```ts
 * const runner = new AgentRunner({ agentId: 'demo-agent', entrypoint: async ({ session }) => {
 *   session.dialog = { async *stream(text) { yield `You said ${text}`; } };
 *   session.say('Hello!');
 *   await session.run();
 * } });
 * await runner.run();
 * ```
 */
export class AgentRunner {
  readonly workerId: string;
  private readonly options: AgentRunnerOptions;
  private readonly hooks: HookTable<RunnerHooks>;
  private readonly jobs = new Map<string, { abort: AbortController; done: Promise<void> }>();
  private readonly stopped = new AbortController();
  private link: ControlLink | undefined;
  private attempt = 0;

  constructor(options: AgentRunnerOptions) {
    this.options = options;
    this.workerId = `${options.agentId}#${randomBytes(4).toString('hex')}`;
    this.hooks = new HookTable<RunnerHooks>((event, cause) =>
      this.problem(`a handler of "${event}" failed`, { err: cause }),
    );
  }

  on<K extends keyof RunnerHooks>(event: K, handler: Handler<RunnerHooks[K]>): this {
    this.hooks.on(event, handler);
    return this;
  }

  /** Calls being served or dialled now. */
  get activeCalls(): number {
    return this.jobs.size;
  }

  /** Serves calls until `stop()`. @throws RunnerAuthError when the credentials are refused; an Error when some are missing. */
  async run(): Promise<void> {
    const url = `${httpOrigin(this.options).replace(/^http/, 'ws')}/v1/internal/workers`;
    const headers = runnerHeaders(this.options);
    while (!this.stopped.signal.aborted) {
      this.link = new ControlLink({
        url,
        headers,
        register: this.registerFrame(),
        activeJobs: () => this.jobs.size,
        onAssign: (job) => this.assign(job),
        onCancel: (jobId) => this.jobs.get(jobId)?.abort.abort(),
        onRegistered: () => {
          this.attempt = 0;
          void this.hooks.emit('registered', this.workerId);
        },
      });
      const why = await this.link.run();
      if (this.stopped.signal.aborted) return;
      const wait = reconnectDelay(this.attempt++, Math.random());
      this.problem('the control connection is gone, connecting again', { why, in_ms: Math.round(wait) });
      await delay(wait, undefined, { signal: this.stopped.signal }).catch(() => undefined);
    }
  }

  /** Takes no more calls, lets live ones finish for at most `drainMs`, then ends them. */
  async stop(drainMs = 60_000): Promise<void> {
    this.stopped.abort();
    this.link?.close();
    const done = Promise.all([...this.jobs.values()].map((job) => job.done));
    const timer = new AbortController();
    await Promise.race([done, delay(drainMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    for (const job of this.jobs.values()) job.abort.abort();
    await done;
  }

  private assign(job: JobAssign): string | null {
    if (job.agent_id !== this.options.agentId) return 'agent_id_mismatch';
    if (this.stopped.signal.aborted) return 'draining';
    // The same job again is the same call: it is being dialled already.
    if (this.jobs.has(job.job_id)) return null;
    if (this.jobs.size >= this.capacity()) return 'at_capacity';
    const abort = new AbortController();
    const done = serveJob(job, this.jobDeps(), abort.signal).finally(() => this.jobs.delete(job.job_id));
    this.jobs.set(job.job_id, { abort, done });
    return null;
  }

  private jobDeps(): Parameters<typeof serveJob>[1] {
    return {
      entrypoint: this.options.entrypoint,
      onStart: (ctx) => this.hooks.emit('call_start', ctx),
      onEnd: (ctx, how) => this.hooks.emit('call_end', ctx, how),
      onProblem: (message, details) => this.problem(message, details),
    };
  }

  private registerFrame(): Frame {
    const { agentId, dev } = this.options;
    return {
      type: 'register',
      worker_id: this.workerId,
      pool: dev === true ? `${agentId}@dev` : agentId,
      capabilities: {
        voice_profiles: [],
        max_concurrent: this.capacity(),
        agent_id: agentId,
        transport: 'dial_out',
        kind: 'brain',
        hostname: hostname(),
        region: process.env['REGION'] ?? null,
        deployment: process.env['UNPOD_WORKER_DEPLOYMENT'] ?? 'local',
      },
    };
  }

  private capacity(): number {
    return this.options.maxConcurrentCalls ?? 10;
  }

  private problem(message: string, details: Record<string, unknown>): void {
    if (this.options.onProblem !== undefined) return this.options.onProblem(message, details);
    const shown = Object.entries(details).map(
      ([name, value]) => `${name}=${value instanceof Error ? value.stack : String(value)}`,
    );
    process.stderr.write(`runner ${this.workerId}: ${message} ${shown.join(' ')}\n`);
  }
}
