import type { CommandData, CommandReply } from '@callplane/contracts';
import { HandleCommand } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { LIVE_CALLS, type LiveCalls } from '../live-calls.ts';

/** Ends the conversation after the dispatcher committed the call's end. A call that is not here is closed already. */
@Controller()
export class CloseBridgeHandler {
  private readonly calls: LiveCalls;
  constructor(@Inject(LIVE_CALLS) calls: LiveCalls) {
    this.calls = calls;
  }

  @HandleCommand('close-bridge')
  async closeBridge(order: CommandData<'close-bridge'>): Promise<CommandReply<'close-bridge'>> {
    const { callId, status, endReason } = order;
    const call = await this.calls.find(callId);
    if (call === undefined) return { ok: true };
    try {
      await call.close({ status, endReason });
    } finally {
      this.calls.remove(callId);
    }
    return { ok: true };
  }
}
