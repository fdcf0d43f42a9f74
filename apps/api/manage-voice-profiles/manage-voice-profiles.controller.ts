import { renderVoiceProfile } from '@callplane/contracts';
import { VoiceProfileStore } from '@callplane/persistence';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';

/** The voices an account can choose from. */
@Controller()
export class ManageVoiceProfilesController {
  private readonly profiles: VoiceProfileStore;
  constructor(@Inject(VoiceProfileStore) profiles: VoiceProfileStore) {
    this.profiles = profiles;
  }

  @ServeRoute('list-voice-profiles')
  async list({ principal, query }: RouteInput<'list-voice-profiles'>): Promise<Answer> {
    return new Answer((await this.profiles.list(principal.accountId, query.language)).map(renderVoiceProfile));
  }

  @ServeRoute('get-voice-profile')
  async get({ principal, params }: RouteInput<'get-voice-profile'>): Promise<Answer | Refusal> {
    const profile = await this.profiles.find(principal.accountId, params.profile_id);
    if (profile !== undefined) return new Answer(renderVoiceProfile(profile));
    return new Refusal(404, 'voice_profile_not_found', `There is no voice profile "${params.profile_id}".`);
  }
}
