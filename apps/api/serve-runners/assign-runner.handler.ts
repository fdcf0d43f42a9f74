import type { CommandData, CommandReply } from '@callplane/contracts';
import { CONFIG, HandleCommand, NODE_ID } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { signCallToken } from '../call-token.ts';
import type { ApiConfig } from '../api.config.ts';
import { publicSocketOrigin } from './public-origin.ts';
import { RunnerRegistry } from './runner-registry.ts';

/** Gives a call to a runner connected to this process. */
@Controller()
export class AssignRunnerHandler {
  private readonly config: ApiConfig;
  private readonly registry: RunnerRegistry;

  constructor(@Inject(CONFIG) config: ApiConfig, @Inject(RunnerRegistry) registry: RunnerRegistry) {
    this.config = config;
    this.registry = registry;
  }

  @HandleCommand('assign-runner')
  async assign(data: CommandData<'assign-runner'>): Promise<CommandReply<'assign-runner'>> {
    const runner = this.registry.find(data.accountId, data.workerId);
    if (runner === undefined) {
      await this.registry.forgetAbsent(data.accountId, data.workerId, NODE_ID);
      return refused('runner_gone', `${data.workerId} is not connected to ${NODE_ID}`);
    }
    const origin = publicSocketOrigin(this.config.CALLPLANE_PUBLIC_URL) ?? runner.dialledOrigin();
    if (origin === undefined)
      return refused('no_bridge_url', 'set CALLPLANE_PUBLIC_URL: the runner gave no usable Host header');
    const { callId, jobId, agentId, assignId, resumed } = data;
    const bridgeUrl = `${origin}/v1/bridge/${callId}`;
    const callToken = signCallToken(this.config.CALLPLANE_SECRET, callId, jobId);
    const job = { callId, jobId, agentId, assignId, resumed, bridgeUrl, callToken };
    const answer = await runner.offer(job, data.ackTimeoutMs);
    switch (answer.answer) {
      case 'accepted':
        return { ok: true };
      case 'refused':
        return refused(answer.reason, `${data.workerId} refused the job: ${answer.reason}`);
      case 'silent':
        return refused('ack_timeout', `${data.workerId} did not answer within ${data.ackTimeoutMs} ms`);
      case 'gone':
        return refused('runner_gone', `${data.workerId} disconnected`);
    }
  }
}

const refused = (code: string, message: string): CommandReply<'assign-runner'> => ({ ok: false, code, message });
