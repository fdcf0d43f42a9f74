import { waitFor } from '@callplane/testing';
import type { Platform } from '../../support/platform.ts';
import { startRunner } from '../../support/runner.ts';
import { CallerAudio } from './caller-audio.ts';
import { pause } from './result.ts';
import { SipFarEnd, type SipRequest } from './sip-far-end.ts';

const AGENT = 'bench-talk';
const PROFILE = 'vp_bench_instant';
/** Of silence end the caller's turn; taken off every turn measured here. */
export const ENDPOINTING_MS = 300;
const BURST_MS = 600;
const ANSWER_WITHIN_MS = 5000;
/** Silence of the agent after which its reply is over. */
const REPLY_OVER_MS = 300;

/** Voices without engines for every call of the demo account, and room for all calls of the bench. */
export async function prepareAccount(platform: Platform): Promise<void> {
  await platform.sql(
    `INSERT INTO voice_profile (id, account_id, name, language, stt_provider, tts_provider, tts_voice)
     VALUES ($1, 'acc_demo', 'Bench', 'en', 'instant', 'instant', 'default')`,
    [PROFILE],
  );
  await platform.sql(`UPDATE account SET concurrency_cap = 100 WHERE id = 'acc_demo'`);
}

/** One answered call: the caller's audio, and the way to end it. */
export interface LiveCall {
  readonly callId: string;
  readonly audio: CallerAudio;
  hangUp(): Promise<void>;
}

/** Callers of the bench, and the agent that answers each burst of theirs with one short word. */
export class TalkingPhone {
  private readonly platform: Platform;
  private readonly far: SipFarEnd;
  private readonly from: string;
  private readonly stopRunner: () => Promise<void>;
  private readonly answered = new Map<string, { invite: SipRequest; audio: CallerAudio }>();
  private calls = 0;

  private constructor(platform: Platform, far: SipFarEnd, from: string, stopRunner: () => Promise<void>) {
    this.platform = platform;
    this.far = far;
    this.from = from;
    this.stopRunner = stopRunner;
  }

  static async open(platform: Platform): Promise<TalkingPhone> {
    const far = await SipFarEnd.open((invite) => void phone.answer(invite));
    await createAgent(platform);
    const { stop } = await startRunner(platform, AGENT, (ctx) => {
      ctx.session.dialog = { turn: () => Promise.resolve('Yes.') };
    });
    const phone: TalkingPhone = new TalkingPhone(platform, far, await platform.numberTo(far.uri), stop);
    return phone;
  }

  /** Resolves when both sides hear each other. */
  async call(): Promise<LiveCall> {
    this.calls += 1;
    const to = `+1555020${String(this.calls).padStart(4, '0')}`;
    const { platform } = this;
    const callId = await platform.createCall({ agent_id: AGENT, to_number: to, from_number: this.from });
    await platform.until(callId, 'active');
    const { invite, audio } = await waitFor(`the answer of ${callId}`, () => this.answered.get(to));
    await waitFor(`audio of ${callId}`, () => audio.arrivals.length > 100);
    return {
      callId,
      audio,
      hangUp: async () => {
        this.far.hangUp(invite);
        audio.close();
        await platform.follow(callId, 20_000);
      },
    };
  }

  async close(): Promise<void> {
    await this.stopRunner();
    this.far.close();
  }

  private async answer(invite: SipRequest): Promise<void> {
    const audio = await CallerAudio.open(invite.body);
    this.far.respond(invite, '200 OK', audio.sdp);
    audio.start(this.answered.size * 4);
    this.answered.set(invite.user, { invite, audio });
  }
}

async function createAgent(platform: Platform): Promise<void> {
  const agent = { agent_id: AGENT, name: AGENT, brain: { type: 'runner' }, voice_profile: PROFILE };
  const { status, body } = await platform.rest('POST', '/agents', agent);
  if (status >= 300) throw new Error(`POST /agents answered ${status}: ${JSON.stringify(body)}`);
  const pipes = await platform.sql(
    `UPDATE pipe SET settings = settings || $2::jsonb WHERE agent_id = $1 RETURNING id`,
    [AGENT, JSON.stringify({ endpointing_ms: ENDPOINTING_MS })],
  );
  if (pipes.length !== 1) throw new Error(`the bench agent has ${pipes.length} pipes, not one`);
}

/**
 * One turn. @returns ms from the moment the caller's last sound left to the agent's first sample at the caller, without the
 * endpointing silence; undefined when no answer came.
 */
export async function takeTurn(audio: CallerAudio): Promise<number | undefined> {
  const hearing = audio.hearOnset(BURST_MS + ENDPOINTING_MS + ANSWER_WITHIN_MS);
  const stoppedAt = await audio.speak(BURST_MS);
  const heardAt = await hearing;
  while (audio.quietMs() < REPLY_OVER_MS) await pause(20);
  return heardAt === undefined ? undefined : heardAt - stoppedAt - ENDPOINTING_MS;
}
