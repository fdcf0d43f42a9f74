import type { CommandData, CommandReply } from '@callplane/contracts';
import { HandleCommand, SHUTDOWN, type Shutdown } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { LegDesk } from '../leg-desk.ts';

/** `place-call`: sends the INVITE. The reply says that the leg has started; what becomes of it arrives as facts. */
@Controller()
export class PlaceCallHandler {
  private readonly desk: LegDesk;
  private readonly shutdown: Shutdown;
  constructor(@Inject(LegDesk) desk: LegDesk, @Inject(SHUTDOWN) shutdown: Shutdown) {
    this.desk = desk;
    this.shutdown = shutdown;
  }

  @HandleCommand('place-call')
  place(data: CommandData<'place-call'>): Promise<CommandReply<'place-call'>> {
    if (!this.shutdown.stopping) return this.desk.place(data);
    const message = 'this process is shutting down: send the command again, another one takes it';
    return Promise.resolve({ ok: false, code: 'draining', message });
  }
}
