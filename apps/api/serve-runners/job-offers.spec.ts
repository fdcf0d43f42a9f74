import type { PlatformControlFrame } from '@callplane/contracts';
import { describe, expect, it } from 'vitest';
import { JobOffers, type JobOffer } from './job-offers.ts';

const job = (assignId: string, jobId = 'job_1'): JobOffer => ({
  jobId,
  callId: 'cal_1',
  agentId: 'echo',
  bridgeUrl: 'ws://h/v1/bridge/cal_1',
  callToken: 'token',
  assignId,
  resumed: true,
});

function offers(): { offers: JobOffers; sent: PlatformControlFrame[] } {
  const sent: PlatformControlFrame[] = [];
  return { offers: new JobOffers((frame) => sent.push(frame)), sent };
}

describe('JobOffers', () => {
  it('sends the job and resolves with the ack of the same assign id', async () => {
    const { offers: jobs, sent } = offers();
    const first = jobs.make(job('asg_1'), 1000);
    const second = jobs.make(job('asg_2', 'job_2'), 1000);
    expect(jobs.answer('asg_2', { answer: 'refused', reason: 'at_capacity' })).toBe(true);
    expect(jobs.answer('asg_1', { answer: 'accepted' })).toBe(true);
    expect(await first).toEqual({ answer: 'accepted' });
    expect(await second).toEqual({ answer: 'refused', reason: 'at_capacity' });
    expect(sent[0]).toEqual({
      type: 'job.assign',
      job_id: 'job_1',
      call_id: 'cal_1',
      agent_id: 'echo',
      bridge_url: 'ws://h/v1/bridge/cal_1',
      call_token: 'token',
      assign_id: 'asg_1',
      deadline_ms: 1000,
      metadata: { resumed: true },
    });
  });

  it('matches no late ack, and cancels the job a runner accepted too late', async () => {
    const { offers: jobs, sent } = offers();
    expect(await jobs.make(job('asg_1'), 1)).toEqual({ answer: 'silent' });
    const again = jobs.make(job('asg_2', 'job_2'), 1000);
    expect(jobs.answer('asg_1', { answer: 'accepted' })).toBe(false);
    expect(sent.at(-1)).toEqual({ type: 'job.cancel', job_id: 'job_1' });
    expect(jobs.answer('asg_1', { answer: 'accepted' })).toBe(false);
    expect(sent).toHaveLength(3);
    jobs.answer('asg_2', { answer: 'accepted' });
    expect(await again).toEqual({ answer: 'accepted' });
  });

  it('says nothing to a runner that refuses too late, or answers what was never asked', async () => {
    const { offers: jobs, sent } = offers();
    await jobs.make(job('asg_1'), 1);
    expect(jobs.answer('asg_1', { answer: 'refused', reason: 'at_capacity' })).toBe(false);
    expect(jobs.answer('asg_9', { answer: 'accepted' })).toBe(false);
    expect(sent).toHaveLength(1);
  });

  it('tells everyone who waits when the socket is gone', async () => {
    const { offers: jobs } = offers();
    const waiting = jobs.make(job('asg_1'), 60_000);
    jobs.abandon();
    expect(await waiting).toEqual({ answer: 'gone' });
  });

  it('remembers a bounded number of late jobs', async () => {
    const { offers: jobs, sent } = offers();
    await Promise.all(Array.from({ length: 1001 }, (_, n) => jobs.make(job(`asg_${n}`, `job_${n}`), 1)));
    jobs.answer('asg_0', { answer: 'accepted' });
    jobs.answer('asg_1000', { answer: 'accepted' });
    expect(sent.slice(1001)).toEqual([{ type: 'job.cancel', job_id: 'job_1000' }]);
  });
});
