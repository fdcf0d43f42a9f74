import { WebSocket } from 'ws';
import { readFrame, readJobAssign, type Frame, type JobAssign } from './frames.ts';

/** The platform refused the credentials for good; reconnecting would not help. */
export class RunnerAuthError extends Error {
  constructor(reason: string) {
    super(`The platform refused this runner: ${reason || 'check UNPOD_PLATFORM_TOKEN and UNPOD_ORG_HANDLE'}`);
    this.name = 'RunnerAuthError';
  }
}

export interface ControlLinkOptions {
  url: string;
  headers: Record<string, string>;
  /** The whole `register` frame. */
  register: Frame;
  activeJobs: () => number;
  /** Null = accepted, otherwise why not. */
  onAssign: (job: JobAssign) => string | null;
  onCancel: (jobId: string) => void;
  onRegistered: () => void;
}

const OPEN_WITHIN_MS = 10_000;
const REGISTERED_WITHIN_MS = 10_000;
const NOTHING = '';

/** One connection to the control socket, from dialling to its end. */
export class ControlLink {
  private readonly options: ControlLinkOptions;
  private readonly socket: WebSocket;
  private heartbeat: NodeJS.Timeout | undefined;
  private answered = true;

  constructor(options: ControlLinkOptions) {
    this.options = options;
    this.socket = new WebSocket(options.url, {
      headers: options.headers,
      handshakeTimeout: OPEN_WITHIN_MS,
      perMessageDeflate: false,
    });
  }

  /** Resolves when the connection is over, with the reason to log. @throws RunnerAuthError on 4001 and 1008. */
  async run(): Promise<string> {
    const { socket } = this;
    let failure = NOTHING;
    socket.on('error', (error) => (failure = error.message));
    socket.on('open', () => this.send(this.options.register));
    socket.on('message', (data: Buffer) => this.receive(data));
    socket.on('pong', () => (this.answered = true));
    const late = setTimeout(() => socket.terminate(), OPEN_WITHIN_MS + REGISTERED_WITHIN_MS);
    const { code, reason } = await new Promise<{ code: number; reason: string }>((resolve) => {
      socket.once('close', (closeCode, text) => resolve({ code: closeCode, reason: text.toString('utf8') }));
      socket.once('message', () => clearTimeout(late));
    });
    clearTimeout(late);
    clearInterval(this.heartbeat);
    if (code === 4001 || code === 1008) throw new RunnerAuthError(reason);
    return failure || `${code} ${reason}`.trim();
  }

  close(): void {
    this.socket.close(1000);
  }

  private receive(data: Buffer): void {
    const frame = readFrame(data);
    if (frame === undefined) return;
    if (frame['type'] === 'registered') this.registered(frame);
    else if (frame['type'] === 'job.cancel') this.options.onCancel(String(frame['job_id']));
    else if (frame['type'] === 'job.assign') {
      const job = readJobAssign(frame);
      if (job !== undefined) this.acknowledge(job, this.options.onAssign(job));
    }
  }

  private acknowledge(job: JobAssign, refusal: string | null): void {
    const { job_id, assign_id } = job;
    this.send({ type: 'job.ack', job_id, assign_id, accepted: refusal === null, reason: refusal });
  }

  private registered(frame: Frame): void {
    const seconds = typeof frame['heartbeat_interval_s'] === 'number' ? frame['heartbeat_interval_s'] : 30;
    clearInterval(this.heartbeat);
    this.heartbeat = setInterval(() => this.beat(), seconds * 1000);
    this.beat();
    this.options.onRegistered();
  }

  /** Also finds out that the other side is gone without a word: a ping that is not answered until the next beat. */
  private beat(): void {
    if (!this.answered) return this.socket.terminate();
    this.send({
      type: 'heartbeat',
      active_jobs: this.options.activeJobs(),
      worker_id: this.options.register['worker_id'],
    });
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.answered = false;
    this.socket.ping();
  }

  private send(frame: Frame): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }
}
