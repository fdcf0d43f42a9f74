import { hintSubject, renderCall, renderSession } from '@callplane/contracts';
import type { NatsBus } from '@callplane/messaging';
import type { CallRow, CallStore } from '@callplane/persistence';
import { BUS, CALL_STORE } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';

/** Hanging up: the request is committed on the call's row, then hinted; the dispatcher ends the call. */
@Controller()
export class CancelCallController {
  private readonly calls: CallStore;
  private readonly bus: NatsBus;

  constructor(@Inject(CALL_STORE) calls: CallStore, @Inject(BUS) bus: NatsBus) {
    this.calls = calls;
    this.bus = bus;
  }

  @ServeRoute('hang-up-call')
  async hangUp({ principal, params }: RouteInput<'hang-up-call'>): Promise<Answer | Refusal> {
    const call = await this.request(principal.accountId, params.call_id);
    if (call === undefined) return new Refusal(404, 'call_not_found', `The account has no call "${params.call_id}".`);
    return new Answer(renderCall(call, call.turns));
  }

  @ServeRoute('end-session')
  async end({ principal, params }: RouteInput<'end-session'>): Promise<Answer | Refusal> {
    const call = await this.request(principal.accountId, params.session_id);
    if (call === undefined)
      return new Refusal(404, 'session_not_found', `The account has no session "${params.session_id}".`);
    const { status } = renderSession(call);
    return new Answer({ session_id: call.id, state: status === 'active' ? 'ending' : status });
  }

  private async request(accountId: string, callId: string): Promise<CallRow | undefined> {
    const call = await this.calls.requestHangUp(accountId, callId);
    if (call?.endedAt === null) this.bus.publishJson(hintSubject('hang-up', accountId), { callId });
    return call;
  }
}
