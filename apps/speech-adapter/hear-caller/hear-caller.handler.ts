import { HEAR_CALLER_SUBJECT, HearCallerRequest, type HearCallerReply } from '@callplane/contracts';
import { NODE_ID } from '@callplane/service-kit';
import { Injectable } from '@nestjs/common';
import { malformed, StreamHandler } from '../stream-handler.ts';
import { HearStream } from './hear-stream.ts';

/** Opens speech-to-text streams on request. */
@Injectable()
export class HearCallerHandler extends StreamHandler<HearStream> {
  protected readonly subject = HEAR_CALLER_SUBJECT;

  async open(raw: unknown): Promise<HearCallerReply> {
    const parsed = HearCallerRequest.safeParse(raw);
    if (!parsed.success) return malformed(parsed.error);
    const request = parsed.data;
    const { language, hints, hangoverMs } = request;
    const opened = await this.desk.open(request, async (onClosed) => {
      const stt = await this.providers.stt(request.provider).open({
        format: { encoding: 'pcm_s16le', sampleRate: request.sampleRate },
        language,
        ...(hints === undefined ? {} : { hints }),
        ...(hangoverMs === undefined ? {} : { hangoverMs }),
        signal: new AbortController().signal,
      });
      return new HearStream(stt, { bus: this.bus, worker: NODE_ID, request, log: this.log, onClosed });
    });
    if (!(opened instanceof HearStream)) return opened;
    return { ok: true, worker: NODE_ID, audioSubject: opened.audioSubject, controlSubject: opened.controlSubject };
  }
}
