import {
  CLOSE_CODES,
  runnerControlFrameSchema,
  type PlatformControlFrame,
  type RegisterFrame,
  type RunnerControlFrame,
} from '@callplane/contracts';
import type { Principal, RunnerRegistration } from '@callplane/persistence';
import { NODE_ID } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Authenticator } from '../authenticate.ts';
import { closeSocket, frameText } from '../socket-server.ts';
import { authenticateRunner } from './authenticate-runner.ts';
import { JobOffers, type JobAnswer, type JobOffer } from './job-offers.ts';
import type { ConnectedRunner, RunnerRegistry } from './runner-registry.ts';

/** A runner says so this often, seconds; whole numbers only, the SDK's model takes no other. */
const HEARTBEAT_INTERVAL_S = 10;
const REGISTER_WITHIN_MS = 10_000;
const MALFORMED_LIMIT = 10;
/** Frames that may wait for the database; a runner sends one every few seconds. */
const WAITING_LIMIT = 1000;
/** WebSocket code for "try again later": a failure of ours, never of the runner. */
const TRY_AGAIN_LATER = 1013;

export interface RunnerConnectionDeps {
  auth: Authenticator;
  registry: RunnerRegistry;
  log: Logger;
}

/** One runner's control socket, from the upgrade to its end. Frames are handled one after the other, in order. */
export class RunnerConnection implements ConnectedRunner {
  private registration: RunnerRegistration | undefined;
  private readonly socket: WebSocket;
  private readonly request: IncomingMessage;
  private readonly deps: RunnerConnectionDeps;
  private readonly offers: JobOffers;
  private readonly registerLimit: NodeJS.Timeout;
  private principal: Principal | undefined;
  private work: Promise<void>;
  private waiting = 0;
  private malformed = 0;

  constructor(socket: WebSocket, request: IncomingMessage, deps: RunnerConnectionDeps) {
    this.socket = socket;
    this.request = request;
    this.deps = deps;
    this.offers = new JobOffers((frame) => this.send(frame));
    this.registerLimit = setTimeout(() => {
      if (this.registration === undefined) this.close(CLOSE_CODES.badFrame, 'no register frame within 10 s');
    }, REGISTER_WITHIN_MS);
    socket.on('message', (data) => this.receive(frameText(data)));
    socket.on('close', (code) => this.closed(code));
    this.work = this.guarded(() => this.authenticate());
  }

  dialledOrigin(): string | undefined {
    const forwarded = [this.request.headers['x-forwarded-proto']].flat()[0]?.split(',')[0]?.trim();
    const secure = forwarded === undefined ? 'encrypted' in this.request.socket : /^(https|wss)$/.test(forwarded);
    const origin = `${secure ? 'wss' : 'ws'}://${this.request.headers.host ?? ''}`;
    return URL.canParse(origin) ? new URL(origin).origin : undefined;
  }

  async offer(job: JobOffer, ackTimeoutMs: number): Promise<JobAnswer> {
    if (this.socket.readyState !== this.socket.OPEN) return { answer: 'gone' };
    return this.offers.make(job, ackTimeoutMs);
  }

  close(code: number, reason: string): void {
    closeSocket(this.socket, code, reason);
  }

  private receive(text: string): void {
    if (++this.waiting > WAITING_LIMIT) return this.close(CLOSE_CODES.tooBig, 'too many frames at once');
    this.work = this.work.then(() => this.guarded(() => this.handle(text))).finally(() => this.waiting--);
  }

  /** A failure here is the database's: the runner is asked to come back, never told to stop. */
  private async guarded(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.deps.log.warn({ err: error, worker_id: this.registration?.workerId }, 'runner.not_served');
      this.close(TRY_AGAIN_LATER, 'temporary failure, try again');
    }
  }

  private async authenticate(): Promise<void> {
    const result = await authenticateRunner(this.request.headers, this.deps.auth);
    if (result.ok) {
      this.principal = result.principal;
      return;
    }
    this.deps.log.info({ reason: result.reason, remote: this.request.socket.remoteAddress }, 'runner.refused');
    this.close(result.final ? CLOSE_CODES.unauthorized : TRY_AGAIN_LATER, result.reason);
  }

  private async handle(text: string): Promise<void> {
    if (this.principal === undefined || this.socket.readyState !== this.socket.OPEN) return;
    const frame = readFrame(text);
    if (frame === undefined) return this.noteMalformed();
    switch (frame.type) {
      case 'register':
        return this.register(frame, this.principal);
      case 'heartbeat':
        return this.heartbeat(frame.active_jobs);
      case 'job.ack':
        return this.acknowledge(frame);
    }
  }

  private async register(frame: RegisterFrame, principal: Principal): Promise<void> {
    const { capabilities } = frame;
    if (capabilities.transport !== 'dial_out')
      return this.close(CLOSE_CODES.badFrame, 'only transport "dial_out" is served');
    if (this.registration !== undefined && this.registration.workerId !== frame.worker_id)
      return this.close(CLOSE_CODES.badFrame, 'this socket is registered as another worker');
    const {
      max_concurrent: capacity,
      agent_id: agentId,
      voice_profiles: _,
      transport: __,
      ...placement
    } = capabilities;
    this.registration = {
      accountId: principal.accountId,
      workerId: frame.worker_id,
      agentId,
      pool: frame.pool,
      capacity,
      gateway: NODE_ID,
      placement,
    };
    clearTimeout(this.registerLimit);
    await this.deps.registry.enter(this, this.registration);
    this.send({ type: 'registered', heartbeat_interval_s: HEARTBEAT_INTERVAL_S, transport_ack: 'dial_out' });
    const { accountId, workerId, pool } = this.registration;
    this.deps.log.info(
      { account_id: accountId, worker_id: workerId, agent_id: agentId, pool, capacity },
      'runner.registered',
    );
  }

  private async heartbeat(active: number): Promise<void> {
    // A runner's first heartbeat may overtake nothing of ours: without a registration there is nothing to refresh.
    if (this.registration === undefined) return;
    try {
      await this.deps.registry.refresh(this, this.registration, active);
    } catch (error) {
      // The next heartbeat tries again; dropping the link would only add to the trouble.
      this.deps.log.warn({ err: error, worker_id: this.registration.workerId }, 'runner.heartbeat_not_stored');
    }
  }

  private acknowledge(ack: Extract<RunnerControlFrame, { type: 'job.ack' }>): void {
    const answer: JobAnswer = ack.accepted
      ? { answer: 'accepted' }
      : { answer: 'refused', reason: ack.reason ?? 'refused' };
    const matched = this.offers.answer(ack.assign_id, answer);
    if (matched) return;
    this.deps.log.info(
      { worker_id: this.registration?.workerId, job_id: ack.job_id, accepted: ack.accepted },
      'runner.late_ack',
    );
  }

  private noteMalformed(): void {
    this.malformed += 1;
    this.deps.log.warn({ worker_id: this.registration?.workerId, malformed: this.malformed }, 'runner.malformed_frame');
    if (this.malformed >= MALFORMED_LIMIT) this.close(CLOSE_CODES.badFrame, 'too many malformed frames');
  }

  private send(frame: PlatformControlFrame): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private closed(code: number): void {
    clearTimeout(this.registerLimit);
    this.offers.abandon();
    const { registration } = this;
    if (registration === undefined) return;
    this.deps.log.info({ worker_id: registration.workerId, agent_id: registration.agentId, code }, 'runner.left');
    void this.deps.registry.leave(this, registration);
  }
}

/** Undefined for what is no control frame of a runner. */
function readFrame(text: string): RunnerControlFrame | undefined {
  try {
    return runnerControlFrameSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
