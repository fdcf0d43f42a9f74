import { callContext, type CallContext } from '../session/call-context.ts';
import { Session } from '../session/session.ts';
import { dialBridge, RETURN_DIAL, type BridgeSocket } from './dial-bridge.ts';
import type { JobAssign } from './frames.ts';

export interface JobDeps {
  entrypoint: (ctx: CallContext) => Promise<void>;
  onStart: (ctx: CallContext) => Promise<void>;
  onEnd: (ctx: CallContext, how: 'ended' | 'failed') => Promise<void>;
  onProblem: (message: string, details: Record<string, unknown>) => void;
}

/** Closings after which the platform takes the runner back: the network, or one of its processes, went away. */
const RETURN_AFTER = new Set([1001, 1005, 1006, 1012, 1013]);
/** Tells the platform that the agent's code failed, so it need not wait for a return. */
const FAILED = 1011;

/** Serves one call: dials its bridge, runs the entrypoint, hangs on through a broken connection. Never rejects. */
export async function serveJob(job: JobAssign, deps: JobDeps, signal: AbortSignal): Promise<void> {
  const dialled = await dialBridge(job.bridge_url, job.call_token, signal);
  if (!dialled.ok) return deps.onProblem('the bridge could not be reached', { call_id: job.call_id, why: dialled.why });
  const session = new Session();
  const ctx = callContext(dialled.bridge.started, job, session);
  const line = new BridgeLine(job, session, deps, signal);
  line.take(dialled.bridge);
  await deps.onStart(ctx);
  let how: 'ended' | 'failed' = 'ended';
  try {
    await deps.entrypoint(ctx);
  } catch (cause) {
    how = 'failed';
    deps.onProblem('the entrypoint failed', { call_id: job.call_id, err: cause });
  }
  line.hangUp(how === 'failed');
  await deps.onEnd(ctx, how);
}

/** The session's connection: one bridge socket after another, should they break. */
class BridgeLine {
  private readonly job: JobAssign;
  private readonly session: Session;
  private readonly deps: JobDeps;
  private readonly signal: AbortSignal;
  private bridge: BridgeSocket | undefined;
  private done = false;

  constructor(job: JobAssign, session: Session, deps: JobDeps, signal: AbortSignal) {
    this.job = job;
    this.session = session;
    this.deps = deps;
    this.signal = signal;
    signal.addEventListener('abort', () => {
      this.hangUp(true);
      session.close('');
    });
  }

  take(bridge: BridgeSocket): void {
    this.bridge = bridge;
    this.session.attach((frame) => bridge.send(frame));
    bridge.listen(
      (frame) => this.session.receive(frame),
      (code, reason) => void this.lost(code, reason),
    );
  }

  hangUp(failed: boolean): void {
    if (this.done) return;
    this.done = true;
    this.bridge?.close(failed ? FAILED : 1000, failed ? 'the agent failed' : '');
  }

  private async lost(code: number, reason: string): Promise<void> {
    this.bridge = undefined;
    if (!this.done && RETURN_AFTER.has(code)) {
      this.session.detach();
      const again = await dialBridge(this.job.bridge_url, this.job.call_token, this.signal, RETURN_DIAL);
      if (again.ok && this.done) return again.bridge.close(1000);
      if (again.ok) return this.take(again.bridge);
      this.deps.onProblem('the connection of a call was lost', { call_id: this.job.call_id, code, why: again.why });
      reason = /ended: (\w+)/.exec(again.why)?.[1] ?? '';
    }
    this.done = true;
    this.session.close(reason);
  }
}
