import type { CommandData, CommandReply } from '@callplane/contracts';
import { HandleCommand, NODE_ID } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { LegDesk } from '../leg-desk.ts';

/** `read-leg`: which calls this process holds a leg of; with a call id, that one or none. */
@Controller()
export class ReadLegHandler {
  private readonly desk: LegDesk;
  constructor(@Inject(LegDesk) desk: LegDesk) {
    this.desk = desk;
  }

  @HandleCommand('read-leg')
  read({ callId }: CommandData<'read-leg'>): Promise<CommandReply<'read-leg'>> {
    const callIds = this.desk.held().filter((held) => callId === undefined || held === callId);
    return Promise.resolve({ ok: true, node: NODE_ID, callIds });
  }
}
