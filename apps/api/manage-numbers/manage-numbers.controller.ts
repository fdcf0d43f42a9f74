import { renderNumber, type AttachNumber } from '@callplane/contracts';
import { AgentStore, NumberStore, PipeStore } from '@callplane/persistence';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { DialPlans } from '../dial-plans.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';

const noNumber = (wanted: string): Refusal =>
  new Refusal(404, 'number_not_found', `The account has no number "${wanted}": list yours with GET /v1/numbers.`);

/** Phone numbers and what they are attached to. */
@Controller()
export class ManageNumbersController {
  private readonly numbers: NumberStore;
  private readonly agents: AgentStore;
  private readonly pipes: PipeStore;
  private readonly plans: DialPlans;

  constructor(
    @Inject(NumberStore) numbers: NumberStore,
    @Inject(AgentStore) agents: AgentStore,
    @Inject(PipeStore) pipes: PipeStore,
    @Inject(DialPlans) plans: DialPlans,
  ) {
    this.numbers = numbers;
    this.agents = agents;
    this.pipes = pipes;
    this.plans = plans;
  }

  @ServeRoute('list-numbers')
  async list({ principal, query }: RouteInput<'list-numbers'>): Promise<Answer> {
    const status = query.status ?? query.status_filter;
    const all = (await this.numbers.list(principal.accountId)).map(renderNumber);
    return new Answer(
      all.filter(
        (number) =>
          (status === undefined || number.status === status) &&
          (query.country === undefined || number.country === query.country) &&
          (query.trunk_type === undefined || number.trunk_type === query.trunk_type),
      ),
    );
  }

  @ServeRoute('sync-numbers')
  async sync({ principal }: RouteInput<'sync-numbers'>): Promise<Answer> {
    const known = await this.numbers.list(principal.accountId);
    return new Answer({ synced: known.length, new: 0 });
  }

  @ServeRoute('attach-number')
  async attach({ principal, params, body }: RouteInput<'attach-number'>): Promise<Answer | Refusal> {
    const number = await this.numbers.find(principal.accountId, params.number);
    if (number === undefined) return noNumber(params.number);
    return this.attachTo(principal.accountId, number.id, body);
  }

  @ServeRoute('move-number')
  async move({ principal, params, body }: RouteInput<'move-number'>): Promise<Answer | Refusal> {
    const number = await this.numbers.find(principal.accountId, params.number);
    if (number === undefined) return noNumber(params.number);
    if (number.agentId === null && number.pipeId === null)
      return new Refusal(409, 'not_attached', `${number.number} is attached to nothing: attach it with POST.`);
    return this.attachTo(principal.accountId, number.id, body);
  }

  @ServeRoute('detach-number')
  async detach({ principal, params }: RouteInput<'detach-number'>): Promise<Answer | Refusal> {
    const { accountId } = principal;
    const number = await this.numbers.find(accountId, params.number);
    if (number === undefined) return noNumber(params.number);
    const free = await this.numbers.attach(accountId, number.id, { agentId: null, pipeId: null });
    this.plans.forget(accountId);
    return free === undefined ? noNumber(params.number) : new Answer(renderNumber(free));
  }

  private async attachTo(accountId: string, numberId: string, body: AttachNumber): Promise<Answer | Refusal> {
    const to = await this.targetOf(accountId, body);
    if (to instanceof Refusal) return to;
    const attached = await this.numbers.attach(accountId, numberId, to);
    this.plans.forget(accountId);
    return attached === undefined ? noNumber(numberId) : new Answer(renderNumber(attached));
  }

  private async targetOf(
    accountId: string,
    body: AttachNumber,
  ): Promise<{ agentId: string | null; pipeId: string | null } | Refusal> {
    const pipeId = body.pipe_id ?? null;
    const pipe = pipeId === null ? undefined : await this.pipes.read(accountId, pipeId);
    if (pipeId !== null && pipe === undefined)
      return new Refusal(404, 'pipe_not_found', `The account has no pipe "${pipeId}": list yours with GET /v1/pipes.`);
    const agentId = body.agent_id ?? pipe?.agentId ?? null;
    if (agentId === null && pipe === undefined)
      return new Refusal(422, 'invalid_request', 'Say what to attach the number to: give agent_id or pipe_id.', [
        { field: 'agent_id', problem: 'agent_id or pipe_id is needed' },
      ]);
    if (agentId !== null && !(await this.agents.isKnown(accountId, agentId)))
      return new Refusal(
        400,
        'agent_not_found',
        `There is no agent "${agentId}" in this account: create it with agents.voice.create (POST /v1/agents), or start a runner for it.`,
      );
    return { agentId, pipeId: pipe?.id ?? null };
  }
}
