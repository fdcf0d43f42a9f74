import { renderAgent, renderAgentVoice, type CreateAgent } from '@callplane/contracts';
import { AgentStore, VoiceProfileStore, type AgentFields } from '@callplane/persistence';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { DialPlans } from '../dial-plans.ts';
import { keepSettings, onlyGiven } from '../keep-settings.ts';
import { refuseVoiceProfile } from '../refuse-voice-profile.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';

/** Fields of an agent that have a place of their own, or are made by the server. */
const RESERVED = new Set([
  'agent_id',
  'name',
  'brain',
  'greeting',
  'recording',
  'max_call_duration_s',
  'voice_profile',
  'voice_profile_id',
  'voice_profile_name',
  'voices',
  'pipe_id',
  'is_default',
]);

/** Agents and the voices they have. */
@Controller()
export class ManageAgentsController {
  private readonly agents: AgentStore;
  private readonly profiles: VoiceProfileStore;
  private readonly plans: DialPlans;

  constructor(
    @Inject(AgentStore) agents: AgentStore,
    @Inject(VoiceProfileStore) profiles: VoiceProfileStore,
    @Inject(DialPlans) plans: DialPlans,
  ) {
    this.agents = agents;
    this.profiles = profiles;
    this.plans = plans;
  }

  @ServeRoute('create-agent')
  async create({ principal, body }: RouteInput<'create-agent'>): Promise<Answer | Refusal> {
    const { accountId } = principal;
    const wanted = body.voice_profile ?? null;
    const profile =
      wanted === null ? (await this.profiles.list(accountId))[0] : await this.profiles.find(accountId, wanted);
    if (profile === undefined && wanted !== null) return refuseVoiceProfile(wanted);
    const { pipeId, created } = await this.agents.save(accountId, fieldsOf(body, profile?.id ?? null));
    this.plans.forget(accountId);
    const agent = await this.agents.read(accountId, body.agent_id);
    const voice = agent?.voices.find((pipe) => pipe.id === pipeId);
    if (agent === undefined || voice === undefined)
      return new Refusal(409, 'agent_changed', 'The agent was deleted while it was saved: try again.');
    return new Answer(renderAgentVoice(agent, voice), created ? 201 : 200);
  }

  @ServeRoute('list-agents')
  async list({ principal }: RouteInput<'list-agents'>): Promise<Answer> {
    const agents = await this.agents.list(principal.accountId);
    return new Answer(agents.map((agent) => renderAgent(agent, agent.voices)));
  }

  @ServeRoute('get-agent')
  async get({ principal, params }: RouteInput<'get-agent'>): Promise<Answer | Refusal> {
    const agent = await this.agents.read(principal.accountId, params.agent_id);
    if (agent !== undefined) return new Answer(renderAgent(agent, agent.voices));
    return new Refusal(404, 'agent_not_found', `There is no agent "${params.agent_id}" in this account.`);
  }
}

function fieldsOf(body: CreateAgent, voiceProfileId: string | null): AgentFields {
  return {
    agentId: body.agent_id,
    voiceProfileId,
    settings: keepSettings(body, RESERVED),
    ...(body.greeting === undefined ? {} : { greeting: body.greeting }),
    ...onlyGiven({
      name: body.name,
      brain: body.brain,
      recording: body.recording,
      maxCallDurationS: body.max_call_duration_s,
    }),
  };
}
