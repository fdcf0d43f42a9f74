import { renderPipe, type UpdatePipe } from '@callplane/contracts';
import { PipeStore, VoiceProfileStore, type PipeFields } from '@callplane/persistence';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { DialPlans } from '../dial-plans.ts';
import { refuseVoiceProfile } from '../refuse-voice-profile.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';
import { mergeSettings, readColumns } from './read-pipe-fields.ts';

const NEW_PIPE = { agentId: null, greeting: null, recording: false, maxCallDurationS: 3600 };

const noPipe = (id: string): Refusal =>
  new Refusal(404, 'pipe_not_found', `The account has no pipe "${id}": list yours with GET /v1/pipes.`);

/** Speech pipes: voice, agent and call settings under one id. */
@Controller()
export class ManagePipesController {
  private readonly pipes: PipeStore;
  private readonly profiles: VoiceProfileStore;
  private readonly plans: DialPlans;

  constructor(
    @Inject(PipeStore) pipes: PipeStore,
    @Inject(VoiceProfileStore) profiles: VoiceProfileStore,
    @Inject(DialPlans) plans: DialPlans,
  ) {
    this.pipes = pipes;
    this.profiles = profiles;
    this.plans = plans;
  }

  @ServeRoute('create-pipe')
  async create({ principal, body }: RouteInput<'create-pipe'>): Promise<Answer | Refusal> {
    const { accountId } = principal;
    const voice = await this.voiceOf(accountId, body);
    if (voice instanceof Refusal) return voice;
    const voiceProfileId = voice ?? (await this.profiles.list(accountId))[0]?.id ?? null;
    const columns = { ...NEW_PIPE, ...readColumns(body), voiceProfileId, settings: mergeSettings({}, body) };
    const pipe = await this.pipes.create(accountId, { ...columns, name: body.name });
    this.plans.forget(accountId);
    return new Answer(renderPipe(pipe));
  }

  @ServeRoute('list-pipes')
  async list({ principal }: RouteInput<'list-pipes'>): Promise<Answer> {
    return new Answer((await this.pipes.list(principal.accountId)).map(renderPipe));
  }

  @ServeRoute('get-pipe')
  async get({ principal, params }: RouteInput<'get-pipe'>): Promise<Answer | Refusal> {
    const pipe = await this.pipes.read(principal.accountId, params.pipe_id);
    return pipe === undefined ? noPipe(params.pipe_id) : new Answer(renderPipe(pipe));
  }

  @ServeRoute('update-pipe')
  async update({ principal, params, body }: RouteInput<'update-pipe'>): Promise<Answer | Refusal> {
    const { accountId } = principal;
    const before = await this.pipes.read(accountId, params.pipe_id);
    if (before === undefined) return noPipe(params.pipe_id);
    const voice = await this.voiceOf(accountId, body);
    if (voice instanceof Refusal) return voice;
    const change: Partial<PipeFields> = {
      ...readColumns(body),
      ...(voice === undefined ? {} : { voiceProfileId: voice }),
      settings: mergeSettings(before.settings, body),
    };
    const pipe = await this.pipes.update(accountId, params.pipe_id, change);
    this.plans.forget(accountId);
    return pipe === undefined ? noPipe(params.pipe_id) : new Answer(renderPipe(pipe));
  }

  @ServeRoute('delete-pipe')
  async remove({ principal, params }: RouteInput<'delete-pipe'>): Promise<Answer | Refusal> {
    const removed = await this.pipes.remove(principal.accountId, params.pipe_id);
    this.plans.forget(principal.accountId);
    return removed ? new Answer(undefined) : noPipe(params.pipe_id);
  }

  /** The id of the voice profile that is asked for; undefined = none is. */
  private async voiceOf(accountId: string, body: UpdatePipe): Promise<string | undefined | Refusal> {
    const wanted = body.voice_profile ?? body.voice_profile_id ?? undefined;
    if (wanted === undefined) return undefined;
    return (await this.profiles.find(accountId, wanted))?.id ?? refuseVoiceProfile(wanted);
  }
}
