import type { CommandData, CommandReply } from '@callplane/contracts';
import { HandleCommand } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { LegDesk } from '../leg-desk.ts';

/** `hang-up-leg`: CANCEL or BYE, confirmed by the far end or timed out. */
@Controller()
export class HangUpLegHandler {
  private readonly desk: LegDesk;
  constructor(@Inject(LegDesk) desk: LegDesk) {
    this.desk = desk;
  }

  @HandleCommand('hang-up-leg')
  async hangUp({ callId, reason }: CommandData<'hang-up-leg'>): Promise<CommandReply<'hang-up-leg'>> {
    return { ok: true, outcome: await this.desk.hangUp(callId, reason) };
  }
}
