import type { CommandData, CommandReply } from '@callplane/contracts';
import { HandleCommand } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { LIVE_CALLS, type LiveCalls } from '../live-calls.ts';

/** Both sides are there: the held words are said, the caller is listened to. */
@Controller()
export class StartConversationHandler {
  private readonly calls: LiveCalls;
  constructor(@Inject(LIVE_CALLS) calls: LiveCalls) {
    this.calls = calls;
  }

  @HandleCommand('start-conversation')
  async startConversation(order: CommandData<'start-conversation'>): Promise<CommandReply<'start-conversation'>> {
    const call = await this.calls.find(order.callId);
    if (call === undefined) return { ok: false, code: 'unknown_call', message: 'this process does not hold the call' };
    call.start(order.activeAt);
    return { ok: true };
  }
}
