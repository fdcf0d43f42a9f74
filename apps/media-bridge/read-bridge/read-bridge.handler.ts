import type { CommandData, CommandReply } from '@callplane/contracts';
import { HandleCommand, NODE_ID } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { LIVE_CALLS, type LiveCalls } from '../live-calls.ts';

/** Which calls this process holds: all, or whether it holds the one asked for. */
@Controller()
export class ReadBridgeHandler {
  private readonly calls: LiveCalls;
  constructor(@Inject(LIVE_CALLS) calls: LiveCalls) {
    this.calls = calls;
  }

  @HandleCommand('read-bridge')
  readBridge(order: CommandData<'read-bridge'>): Promise<CommandReply<'read-bridge'>> {
    const held = this.calls.ids();
    const callIds = order.callId === undefined ? held : held.filter((id) => id === order.callId);
    return Promise.resolve({ ok: true, node: NODE_ID, callIds });
  }
}
