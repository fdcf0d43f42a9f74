import { SPEAK_TO_CALLER_SUBJECT, SpeakToCallerRequest, type SpeakToCallerReply } from '@callplane/contracts';
import { NODE_ID } from '@callplane/service-kit';
import { Injectable } from '@nestjs/common';
import { malformed, StreamHandler } from '../stream-handler.ts';
import { SpeakStream } from './speak-stream.ts';

/** Opens text-to-speech streams on request. */
@Injectable()
export class SpeakToCallerHandler extends StreamHandler<SpeakStream> {
  protected readonly subject = SPEAK_TO_CALLER_SUBJECT;

  async open(raw: unknown): Promise<SpeakToCallerReply> {
    const parsed = SpeakToCallerRequest.safeParse(raw);
    if (!parsed.success) return malformed(parsed.error);
    const request = parsed.data;
    const opened = await this.desk.open(request, async (onClosed) => {
      const tts = await this.providers.tts(request.provider).open({
        voice: request.voice,
        format: { encoding: 'pcm_s16le', sampleRate: request.sampleRate },
        language: request.language,
        signal: new AbortController().signal,
      });
      return new SpeakStream(tts, { bus: this.bus, worker: NODE_ID, request, log: this.log, onClosed });
    });
    if (!(opened instanceof SpeakStream)) return opened;
    return { ok: true, worker: NODE_ID, textSubject: opened.textSubject };
  }
}
