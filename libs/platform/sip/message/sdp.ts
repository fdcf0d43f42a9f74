/** Codecs this stack carries. */
export const CODECS = ['PCMU', 'PCMA'] as const;
/** `PCMU` (G.711 mu-law, payload 0) or `PCMA` (A-law, payload 8), 8 kHz mono. */
export type Codec = (typeof CODECS)[number];

/** Media direction as seen by the side that holds the value. */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What both sides agreed on; enough to start an RTP session. */
export interface NegotiatedMedia {
  /** Where to send RTP. */
  readonly remote: { readonly host: string; readonly port: number };
  readonly codec: Codec;
  /** RTP payload type of `codec`. */
  readonly payloadType: number;
  /** RTP payload type of RFC 4733 telephone events, when agreed. */
  readonly telephoneEventType?: number;
  /** Packet time the far end asks for; 20 when it does not say. */
  readonly ptimeMs: number;
  /** Ours: `recvonly` or `inactive` means do not send (we are on hold). */
  readonly direction: MediaDirection;
}

/** Why a description cannot be used. All but `malformed` deserve a 488. */
export type SdpProblem = 'malformed' | 'no_audio' | 'no_common_codec' | 'srtp_required';

/** Outcome of reading or answering a description. */
export type SdpResult<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly problem: SdpProblem };

/** Where we want to receive RTP. `sessionId` and `version` keep re-answers consistent (o= line). */
export interface LocalMedia {
  readonly host: string;
  readonly port: number;
  /** In order of preference; both by default. */
  readonly codecs?: readonly Codec[];
  readonly sessionId?: number;
  readonly version?: number;
}

interface AudioSection {
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  readonly payloads: readonly number[];
  readonly attributes: readonly string[];
}

interface ParsedSdp {
  readonly audio: AudioSection | undefined;
  /** The m= lines in order, needed to answer each of them. */
  readonly mediaLines: readonly string[];
  readonly audioIndex: number;
}

const MAX_LINES = 400;
const STATIC_NAMES: Readonly<Record<number, string>> = { 0: 'PCMU', 8: 'PCMA' };
const OUR_PAYLOAD: Readonly<Record<Codec, number>> = { PCMU: 0, PCMA: 8 };
const OUR_EVENT_PAYLOAD = 101;
const DIRECTIONS: readonly MediaDirection[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
const MIRROR: Readonly<Record<MediaDirection, MediaDirection>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

function connectionHost(value: string): string {
  const [, , address = ''] = value.split(' ');
  return address.split('/')[0] ?? '';
}

function parse(sdp: string): ParsedSdp | undefined {
  const lines = sdp.split('\n', MAX_LINES + 1).map((l) => (l.endsWith('\r') ? l.slice(0, -1) : l));
  if (lines.length > MAX_LINES || !lines[0]?.startsWith('v=0')) return undefined;
  const sections: { media: string; host: string; attributes: string[] }[] = [];
  const session = { host: '', attributes: [] as string[] };
  for (const line of lines) {
    const value = line.slice(2);
    const target = sections.at(-1) ?? session;
    if (line.startsWith('m=')) sections.push({ media: value, host: '', attributes: [] });
    else if (line.startsWith('c=')) target.host = connectionHost(value);
    else if (line.startsWith('a=')) target.attributes.push(value);
  }
  const audioIndex = sections.findIndex((s) => s.media.startsWith('audio ') && !s.media.startsWith('audio 0 '));
  const found = sections[audioIndex];
  const mediaLines = sections.map((s) => s.media);
  if (!found) return { audio: undefined, mediaLines, audioIndex };
  const [, port = '', protocol = '', ...formats] = found.media.split(' ').filter((p) => p !== '');
  const payloads = formats.map(Number).filter((n) => Number.isInteger(n) && n >= 0 && n <= 127);
  const portNumber = Number(port.split('/')[0]);
  if (!Number.isInteger(portNumber) || portNumber < 1 || portNumber > 65_535) return undefined;
  const attributes = [...found.attributes, ...session.attributes];
  const audio = { host: found.host || session.host, port: portNumber, protocol, payloads, attributes };
  return audio.host === '' ? undefined : { audio, mediaLines, audioIndex };
}

function codecNames(audio: AudioSection): Map<number, string> {
  const names = new Map<number, string>();
  for (const payload of audio.payloads) {
    const known = STATIC_NAMES[payload];
    if (known !== undefined) names.set(payload, known);
  }
  for (const attribute of audio.attributes) {
    if (!attribute.startsWith('rtpmap:')) continue;
    const [payload = '', encoding = ''] = attribute.slice('rtpmap:'.length).trim().split(' ');
    const [name = '', rate = ''] = encoding.split('/');
    if (rate === '8000') names.set(Number(payload), name.toUpperCase());
    else names.delete(Number(payload));
  }
  return names;
}

function negotiate(parsed: ParsedSdp | undefined, allowed: readonly Codec[]): SdpResult<{ media: NegotiatedMedia }> {
  if (!parsed) return { ok: false, problem: 'malformed' };
  const { audio } = parsed;
  if (!audio) return { ok: false, problem: 'no_audio' };
  if (audio.protocol !== 'RTP/AVP' && audio.protocol !== 'RTP/AVPF') return { ok: false, problem: 'srtp_required' };
  const names = codecNames(audio);
  const isOurs = (name: string | undefined): name is Codec => allowed.some((c) => c === name);
  const payloadType = audio.payloads.find((p) => isOurs(names.get(p)));
  const codec = payloadType === undefined ? undefined : names.get(payloadType);
  if (payloadType === undefined || !isOurs(codec)) return { ok: false, problem: 'no_common_codec' };
  const eventType = audio.payloads.find((p) => names.get(p) === 'TELEPHONE-EVENT');
  const theirs = DIRECTIONS.find((d) => audio.attributes.includes(d)) ?? 'sendrecv';
  const ptime = Number(audio.attributes.find((a) => a.startsWith('ptime:'))?.slice('ptime:'.length) ?? 20);
  const media: NegotiatedMedia = {
    remote: { host: audio.host, port: audio.port },
    codec,
    payloadType,
    ...(eventType === undefined ? {} : { telephoneEventType: eventType }),
    ptimeMs: Number.isInteger(ptime) && ptime >= 10 && ptime <= 60 ? ptime : 20,
    // The old way to hold: address 0.0.0.0.
    direction: audio.host === '0.0.0.0' ? 'inactive' : MIRROR[theirs],
  };
  return { ok: true, media };
}

function head(local: LocalMedia): string[] {
  const family = local.host.includes(':') ? 'IP6' : 'IP4';
  const sessionId = local.sessionId ?? 1;
  return [
    'v=0',
    `o=- ${sessionId} ${local.version ?? sessionId} IN ${family} ${local.host}`,
    's=-',
    `c=IN ${family} ${local.host}`,
    't=0 0',
  ];
}

/** An offer for G.711 and telephone events at `local`. */
export function createOffer(local: LocalMedia): string {
  const codecs = local.codecs ?? CODECS;
  const payloads = [...codecs.map((c) => OUR_PAYLOAD[c]), OUR_EVENT_PAYLOAD].join(' ');
  return [
    ...head(local),
    `m=audio ${local.port} RTP/AVP ${payloads}`,
    ...codecs.map((c) => `a=rtpmap:${OUR_PAYLOAD[c]} ${c}/8000`),
    `a=rtpmap:${OUR_EVENT_PAYLOAD} telephone-event/8000`,
    `a=fmtp:${OUR_EVENT_PAYLOAD} 0-15`,
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

/** Reads a far end's offer or answer: the first codec in its own order that we carry. */
export function readMedia(sdp: string, codecs: readonly Codec[] = CODECS): SdpResult<{ media: NegotiatedMedia }> {
  return negotiate(parse(sdp), codecs);
}

/** Answers an offer: one codec, telephone events when offered, every other media line refused with port 0. */
export function answerOffer(offer: string, local: LocalMedia): SdpResult<{ sdp: string; media: NegotiatedMedia }> {
  const parsed = parse(offer);
  const result = negotiate(parsed, local.codecs ?? CODECS);
  if (!result.ok) return result;
  const { media } = result;
  const events = media.telephoneEventType;
  const audioLines = [
    `m=audio ${local.port} ${parsed?.audio?.protocol ?? 'RTP/AVP'} ${media.payloadType}${events === undefined ? '' : ` ${events}`}`,
    `a=rtpmap:${media.payloadType} ${media.codec}/8000`,
    ...(events === undefined ? [] : [`a=rtpmap:${events} telephone-event/8000`, `a=fmtp:${events} 0-15`]),
    'a=ptime:20',
    `a=${media.direction}`,
  ];
  const sections = (parsed?.mediaLines ?? []).flatMap((line, i) => {
    if (i === parsed?.audioIndex) return audioLines;
    const [kind = 'audio', , protocol = 'RTP/AVP', format = '0'] = line.split(' ');
    return [`m=${kind} 0 ${protocol} ${format}`];
  });
  return { ok: true, media, sdp: [...head(local), ...sections, ''].join('\r\n') };
}

/** Our side of a local description, as far as it is needed to answer with it again. */
export function localMediaOf(sdp: string): LocalMedia | undefined {
  const result = negotiate(parse(sdp), CODECS);
  if (!result.ok) return undefined;
  const origin =
    sdp
      .split('\n')
      .find((l) => l.startsWith('o='))
      ?.split(' ') ?? [];
  const [sessionId, version] = [Number(origin[1]), Number(origin[2])];
  const numbered = Number.isSafeInteger(sessionId) && Number.isSafeInteger(version) ? { sessionId, version } : {};
  return { host: result.media.remote.host, port: result.media.remote.port, ...numbered };
}
