/** Steps of a sipp far end that is called (UAS). A scenario is a list of them; `scenarioOf` prints it as sipp's XML. */
export type Step = string;

const CONTACT = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>';
const SDP = [
  'v=0',
  'o=sipp 1 1 IN IP4 [local_ip]',
  's=-',
  'c=IN IP4 [media_ip]',
  't=0 0',
  'm=audio [media_port] RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
];

function message(lines: readonly string[], body: readonly string[] = []): string {
  return ['<![CDATA[', '', ...lines, '', ...body, '', ']]>'].join('\n');
}

interface ReplyOptions {
  readonly to?: 'tagged' | 'as-is';
  readonly cseq?: string;
  readonly headers?: readonly string[];
  readonly sdp?: readonly string[];
  readonly retransmit?: boolean;
}

/** A response to the last request. */
export function reply(status: string, options: ReplyOptions = {}): Step {
  const { to = 'tagged', cseq = '[last_CSeq:]', headers = [], sdp, retransmit = false } = options;
  const head = [
    `SIP/2.0 ${status}`,
    '[last_Via:]',
    '[last_From:]',
    to === 'tagged' ? '[last_To:];tag=[pid]sipp[call_number]' : '[last_To:]',
    '[last_Call-ID:]',
    cseq,
    CONTACT,
    ...headers,
    ...(sdp === undefined ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${sdp === undefined ? '0' : '[len]'}`,
  ];
  return `<send${retransmit ? ' retrans="500"' : ''}>${message(head, sdp)}</send>`;
}

export const recv = (request: string, action = ''): Step => `<recv request="${request}" crlf="true">${action}</recv>`;
export const pause = (ms: number): Step => `<pause milliseconds="${ms}" />`;

export const invited: Step = recv('INVITE');
export const ring: Step = reply('180 Ringing');
export const acked: Step = recv('ACK');
/** 200 with SDP, resent until the ACK. */
export const answer: Step = [reply('200 OK', { sdp: SDP, retransmit: true }), acked].join('\n');
/** 183 with SDP: media before the answer. */
export const earlyMedia: Step = reply('183 Session Progress', { sdp: SDP });
/** 200 without a description, after an earlier one. */
export const answerWithoutSdp: Step = [reply('200 OK', { retransmit: true }), acked].join('\n');
export const answerWith = (sdp: readonly string[]): Step =>
  [reply('200 OK', { sdp, retransmit: true }), acked].join('\n');
export const expectBye: Step = [recv('BYE'), reply('200 OK', { to: 'as-is' })].join('\n');
/** Takes the BYE and never answers it. */
export const swallowBye: Step = recv('BYE');
export const refuse = (status: string, headers: readonly string[] = []): Step =>
  [reply(status, { headers, retransmit: true }), acked].join('\n');
/** 200 to the CANCEL, 487 to the INVITE. */
export const expectCancel: Step = [
  recv('CANCEL'),
  reply('200 OK'),
  reply('487 Request Terminated', { cseq: 'CSeq: 1 INVITE', retransmit: true }),
  acked,
].join('\n');
/** The answer leaves as the CANCEL arrives. */
export const answerCrossesCancel: Step = [
  recv('CANCEL'),
  reply('200 OK'),
  reply('200 OK', { cseq: 'CSeq: 1 INVITE', sdp: SDP, retransmit: true }),
  acked,
  expectBye,
].join('\n');

const keepAddresses =
  '<action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="1" /><ereg regexp=".*" search_in="hdr" header="To:" assign_to="2" /></action>';

/** 200 with SDP; what a request of our own needs is kept. `hangUp` or `reinvite` must follow. */
export const answerAndKeep: Step = [reply('200 OK', { sdp: SDP, retransmit: true }), recv('ACK', keepAddresses)].join(
  '\n',
);

function request(method: string, cseq: number, sdp: readonly string[] = []): Step {
  const head = [
    `${method} sip:caller@[remote_ip]:[remote_port] SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    'From: [$2]',
    'To: [$1]',
    '[last_Call-ID:]',
    `CSeq: ${cseq} ${method}`,
    CONTACT,
    'Max-Forwards: 70',
    ...(method === 'BYE' ? ['Reason: Q.850;cause=16;text="Normal call clearing"'] : []),
    ...(sdp.length === 0 ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${sdp.length === 0 ? '0' : '[len]'}`,
  ];
  return `<send${method === 'ACK' ? '' : ' retrans="500"'}>${message(head, sdp)}</send>`;
}

/** The far end's own BYE, with a Q.850 cause. */
export const hangUp = (cseq = 1): Step => [request('BYE', cseq), '<recv response="200" />'].join('\n');
/** Puts us on hold (or takes us back) by a re-INVITE. */
export const reinvite = (cseq: number, direction: 'sendonly' | 'sendrecv'): Step =>
  [request('INVITE', cseq, [...SDP, `a=${direction}`]), '<recv response="200" />', request('ACK', cseq)].join('\n');

/** Challenges and checks the answer (user `trunk`, password `secret`): 403 when it is wrong. */
export const challenge: Step = [
  reply('401 Unauthorized', {
    headers: [
      'WWW-Authenticate: Digest realm="callplane", nonce="47ebe028cda119c35d4877b383027d28", algorithm=MD5, qop="auth"',
    ],
    retransmit: true,
  }),
  acked,
  recv('INVITE', '<action><verifyauth assign_to="ok" username="trunk" password="secret" /></action>'),
  '<nop hide="true" test="ok" next="good" />',
  reply('403 Forbidden', { retransmit: true }),
  '<recv request="ACK" crlf="true" next="end" />',
  '<label id="good" />',
].join('\n');
export const endLabel: Step = '<label id="end" />';

/** The scenario file. */
export const scenarioOf = (steps: readonly Step[]): string =>
  ['<?xml version="1.0" encoding="UTF-8" ?>', '<scenario name="far-end">', ...steps, '</scenario>', ''].join('\n');
