import { createHash } from 'node:crypto';
import { renderCall, toCallSettings, type CreateCall } from '@callplane/contracts';
import { newCall } from '@callplane/domain';
import { newId, type CallStore, type NewCall, type Principal } from '@callplane/persistence';
import { CALL_STORE } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { DialPlans } from '../dial-plans.ts';
import { SendHints } from '../send-hints.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';
import { checkPlan, type UsablePlan } from './check-plan.ts';

/** `POST .../calls`: the whole request is one look at the set-up (remembered), one INSERT, and a hint to the dispatcher. */
@Controller()
export class RequestCallController {
  private readonly plans: DialPlans;
  private readonly calls: CallStore;
  private readonly hints: SendHints;

  constructor(
    @Inject(DialPlans) plans: DialPlans,
    @Inject(CALL_STORE) calls: CallStore,
    @Inject(SendHints) hints: SendHints,
  ) {
    this.plans = plans;
    this.calls = calls;
    this.hints = hints;
  }

  @ServeRoute('create-call')
  async create({ principal, body, headers }: RouteInput<'create-call'>): Promise<Answer | Refusal> {
    const question = {
      accountId: principal.accountId,
      agentId: body.agent_id ?? null,
      pipeId: body.pipe_id ?? null,
      fromNumber: body.from_number ?? null,
    };
    const plan = checkPlan(question, await this.plans.find(question));
    if (plan instanceof Refusal) return plan;
    const call = assemble(principal, body, plan, headers['idempotency-key'], Date.now());
    const result = await this.calls.createCall(call);
    switch (result.outcome) {
      case 'created':
        this.hints.send(principal.accountId, call.id);
        return new Answer(renderCall(result.call, 0));
      case 'repeated':
        return this.repeat(principal.accountId, result.callId);
      case 'conflict':
        return new Refusal(
          409,
          'idempotency_conflict',
          'This Idempotency-Key was used for another call: use a fresh key for each new call.',
        );
    }
  }

  private async repeat(accountId: string, callId: string): Promise<Answer | Refusal> {
    const earlier = await this.calls.readCall(accountId, callId);
    if (earlier === undefined) return new Refusal(404, 'call_not_found', 'The call made with this key is gone.');
    return new Answer(renderCall(earlier, earlier.turns), 200, { 'idempotency-replayed': 'true' });
  }
}

function assemble(
  principal: Principal,
  body: CreateCall,
  plan: UsablePlan,
  key: string | undefined,
  now: number,
): NewCall {
  const id = newId('cal');
  const pipeLayer =
    plan.pipe === null ? {} : { ...plan.pipe.settings, max_call_duration_s: plan.pipe.maxCallDurationS };
  const settings = toCallSettings(plan.accountSettings, pipeLayer);
  return {
    id,
    accountId: principal.accountId,
    orgHandle: principal.orgHandle,
    agentId: plan.agentId,
    pipeId: plan.pipe?.id ?? null,
    toNumber: body.to_number,
    fromNumber: plan.from.number,
    numberId: plan.from.id,
    trunkId: plan.from.trunkId,
    instructions: body.instructions ?? null,
    data: body.data ?? {},
    snapshot: newCall({ id, direction: 'outbound', createdAt: now, settings }),
    idempotency: key === undefined ? null : { key, requestSha256: hashOf(body) },
  };
}

/** Of the checked body, so that spaces, key order of known fields and number spelling do not count as another request. */
const hashOf = (body: CreateCall): Buffer => createHash('sha256').update(JSON.stringify(body)).digest();
