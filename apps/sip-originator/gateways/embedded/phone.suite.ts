import {
  answerOffer,
  createUserAgent,
  openRtpSession,
  type InboundCall,
  type RtpSession,
  type SipTransport,
  type UserAgent,
} from '@callplane/sip';

/** A phone whose media can be looked into, on our own SIP stack; the ladders are checked against sipp elsewhere. */
export interface Phone {
  readonly uri: string;
  /** The next call, with its RTP port bound. Nothing is answered yet. */
  nextCall(): Promise<PhoneCall>;
  close(): Promise<void>;
}

export interface PhoneCall {
  readonly call: InboundCall;
  readonly rtp: RtpSession;
  /** Audio heard so far. */
  readonly heard: { samples: Int16Array; at: number }[];
  /** 200 with SDP, and RTP from here on. `codec` narrows what is accepted. */
  answer(codec?: 'PCMU' | 'PCMA'): void;
  /** 183 with SDP, and RTP from here on. */
  earlyMedia(): void;
  /** Sends a 440 Hz tone, 20 ms at a time, until the returned function is called. */
  playTone(): () => void;
}

export async function openPhone(transport: SipTransport = 'udp'): Promise<Phone> {
  const ua: UserAgent = createUserAgent({ bind: { host: '127.0.0.1', port: 0, transports: [transport] } });
  const { port } = await ua.listen();
  const sessions: RtpSession[] = [];
  return {
    uri: `sip:127.0.0.1:${port};transport=${transport}`,
    nextCall: async () => {
      const call = await ua.next('invite');
      const rtp = await openRtpSession({ host: '127.0.0.1' });
      sessions.push(rtp);
      return phoneCall(call, rtp);
    },
    close: async () => {
      await ua.close();
      for (const session of sessions) session.close();
    },
  };
}

function phoneCall(call: InboundCall, rtp: RtpSession): PhoneCall {
  const heard: PhoneCall['heard'] = [];
  rtp.on('audio', ({ samples, at }) => heard.push({ samples, at }));
  const agree = (codec?: 'PCMU' | 'PCMA'): string => {
    const codecs = codec === undefined ? {} : { codecs: [codec] };
    const agreed = answerOffer(call.sdp, { host: '127.0.0.1', port: rtp.port, ...codecs });
    if (!agreed.ok) throw new Error(agreed.problem);
    rtp.start(agreed.media);
    return agreed.sdp;
  };
  return {
    call,
    rtp,
    heard,
    answer: (codec) => void call.answer(agree(codec)),
    earlyMedia: () => call.progress(agree()),
    playTone: () => {
      let n = 0;
      const timer = setInterval(() => rtp.send(tone(n++)), 20);
      return () => clearInterval(timer);
    },
  };
}

/** The nth 20 ms of a 440 Hz tone at 8 kHz, in an array of its own. */
export function tone(n: number): Int16Array {
  return Int16Array.from({ length: 160 }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 440 * (n * 160 + i)) / 8000)),
  );
}

/** Root mean square. */
export const loudness = (pcm: Int16Array): number => Math.sqrt(pcm.reduce((sum, s) => sum + s * s, 0) / pcm.length);
