import type { DispatchStore, RunnerStore } from '@callplane/persistence';
import { newId, type CallRow } from '@callplane/persistence';
import type { CommandClient } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import type { Fact } from '@callplane/domain';
import type { FactFolder, RunnerAssigner } from '../ports.ts';

const ACK_MS = 2000;
const ATTEMPTS = 3;
/** After an accepted job the runner dials the bridge within moments; one that has not by then is not coming. */
const DIAL_IN_MS = 5000;

type Assignment = { ok: true } | { ok: false; detail: string };

/** Least-loaded live runner first; a refusal, a silence or a gateway that is gone moves on to the next one. */
export class AssignRunner implements RunnerAssigner {
  private readonly runners: RunnerStore;
  private readonly calls: DispatchStore;
  private readonly commands: CommandClient;
  private readonly log: Logger;
  private folder: FactFolder | undefined;

  constructor(runners: RunnerStore, calls: DispatchStore, commands: CommandClient, log: Logger) {
    this.runners = runners;
    this.calls = calls;
    this.commands = commands;
    this.log = log;
  }

  connectFolder(folder: FactFolder): void {
    this.folder = folder;
  }

  async assign(row: CallRow, resumed: boolean): Promise<Assignment> {
    return this.tryRunners(row, resumed, []);
  }

  private async tryRunners(row: CallRow, resumed: boolean, tried: readonly string[]): Promise<Assignment> {
    const { agentId } = row;
    if (agentId === null) return { ok: false, detail: 'the call names no agent' };
    const failed = [...tried];
    while (failed.length < ATTEMPTS) {
      const runner = await this.runners.pick(row.accountId, agentId, failed);
      if (runner === undefined) break;
      // The row names the job before the runner hears of it: its dial is checked against the row.
      const jobId = newId('job');
      if (!(await this.calls.nameRunner(row.id, row.fence, runner.workerId, jobId)))
        return { ok: false, detail: 'the claim is lost' };
      const sent = await this.commands.send(
        'assign-runner',
        {
          callId: row.id,
          accountId: row.accountId,
          agentId,
          workerId: runner.workerId,
          jobId,
          assignId: newId('asg'),
          ackTimeoutMs: ACK_MS,
          resumed,
        },
        { node: runner.gateway, timeoutMs: ACK_MS + 500 },
      );
      const accepted = sent.outcome === 'reply' && sent.reply.ok;
      const line = {
        call_id: row.id,
        agent_id: agentId,
        worker_id: runner.workerId,
        accepted,
        ...(accepted ? {} : { answer: sent }),
      };
      this.log.info(line, 'runner.assigned');
      failed.push(runner.workerId);
      if (accepted) {
        this.expectDialIn(row, resumed, failed);
        return { ok: true };
      }
    }
    await this.calls.nameRunner(row.id, row.fence, null, null);
    if (failed.length === 0) return { ok: false, detail: `no runner serves ${agentId} with room for a call` };
    return { ok: false, detail: `${failed.length} runner(s) of ${agentId} did not take the call` };
  }

  /** A runner that took the job and never dials in is silent on every channel: only its absence tells. */
  private expectDialIn(row: CallRow, resumed: boolean, failed: readonly string[]): void {
    const assignedAt = Date.now();
    const timer = setTimeout(() => void this.checkDialIn(row, resumed, failed, assignedAt), DIAL_IN_MS);
    timer.unref();
  }

  private async checkDialIn(
    row: CallRow,
    resumed: boolean,
    failed: readonly string[],
    assignedAt: number,
  ): Promise<void> {
    try {
      const now = await this.calls.readCall(row.accountId, row.id);
      if (now === undefined || now.endedAt !== null || now.fence !== row.fence || now.dialedAt === null) return;
      const { runnerAttachedAt } = now.snapshot;
      if (runnerAttachedAt !== undefined && runnerAttachedAt >= assignedAt - 1000) return;
      this.log.warn({ call_id: row.id, worker_id: failed.at(-1) }, 'runner.did_not_dial');
      const next = await this.tryRunners(row, resumed, failed);
      if (next.ok || resumed) return;
      const detail = `no runner dialled in: ${next.detail}`;
      const fact: Fact = {
        id: `${row.id}:agent-unavailable`,
        type: 'agent-unavailable',
        detail,
        at: Date.now(),
        sequence: 0,
      };
      await this.folder?.fold(row.id, fact);
    } catch (error) {
      this.log.error({ err: error, call_id: row.id }, 'runner.dial_check_failed');
    }
  }
}
