import type { PlatformControlFrame } from '@callplane/contracts';

export interface JobOffer {
  jobId: string;
  callId: string;
  agentId: string;
  bridgeUrl: string;
  callToken: string;
  assignId: string;
  resumed: boolean;
}

export type JobAnswer =
  { answer: 'accepted' } | { answer: 'refused'; reason: string } | { answer: 'silent' } | { answer: 'gone' };

/** Late answers that are still told apart from nonsense. */
const REMEMBERED = 1000;

/** The jobs offered over one control socket that wait for their `job.ack`, by assign id: a late ack matches nothing. */
export class JobOffers {
  private readonly send: (frame: PlatformControlFrame) => void;
  private readonly open = new Map<string, (answer: JobAnswer) => void>();
  private readonly expired = new Map<string, string>();

  constructor(send: (frame: PlatformControlFrame) => void) {
    this.send = send;
  }

  make(job: JobOffer, ackTimeoutMs: number): Promise<JobAnswer> {
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.remember(job);
        settle({ answer: 'silent' });
      }, ackTimeoutMs);
      const settle = (answer: JobAnswer): void => {
        clearTimeout(late);
        this.open.delete(job.assignId);
        resolve(answer);
      };
      this.open.set(job.assignId, settle);
      this.send({
        type: 'job.assign',
        job_id: job.jobId,
        call_id: job.callId,
        agent_id: job.agentId,
        bridge_url: job.bridgeUrl,
        call_token: job.callToken,
        assign_id: job.assignId,
        deadline_ms: ackTimeoutMs,
        metadata: { resumed: job.resumed },
      });
    });
  }

  /**
   * @returns false when nobody waits for this assign id (any more). A runner that accepts too late is told to let go: its job
   * belongs to another by now, and every assignment has a job id of its own.
   */
  answer(assignId: string, answer: JobAnswer): boolean {
    const settle = this.open.get(assignId);
    if (settle !== undefined) {
      settle(answer);
      return true;
    }
    const jobId = this.expired.get(assignId);
    this.expired.delete(assignId);
    if (jobId !== undefined && answer.answer === 'accepted') this.send({ type: 'job.cancel', job_id: jobId });
    return false;
  }

  /** The socket is gone: whoever waits is told so. */
  abandon(): void {
    for (const settle of [...this.open.values()]) settle({ answer: 'gone' });
    this.expired.clear();
  }

  private remember(job: JobOffer): void {
    this.expired.set(job.assignId, job.jobId);
    const oldest = this.expired.keys().next().value;
    if (this.expired.size > REMEMBERED && oldest !== undefined) this.expired.delete(oldest);
  }
}
