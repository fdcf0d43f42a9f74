import { parseAddress, parseSipUri } from '../message/parse-address.ts';
import { contactUris, fieldsOf } from '../message/read-fields.ts';
import { headerValue, headerValues } from '../message/sip-message.ts';
import type { Header, SipRequest, SipResponse } from '../message/sip-message.ts';
import type { DialogSnapshot, SipPeer, SipTransport } from './api.ts';

interface DialogParts {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From and To values as we send them, tags included. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly routeSet: readonly string[];
  readonly remoteTarget: string;
  readonly peer: SipPeer;
  readonly localCseq: number;
  readonly remoteCseq: number | undefined;
}

/** Where a request to this URI goes. The URI's own transport wins over `fallback`. */
export function peerOf(uri: string, fallback: SipTransport): SipPeer | undefined {
  const parsed = parseSipUri(uri);
  if (!parsed || parsed.scheme !== 'sip' || parsed.host === '') return undefined;
  const named = parsed.params['transport']?.toLowerCase();
  const transport = named === 'tcp' || named === 'udp' ? named : fallback;
  return { host: parsed.host, port: parsed.port ?? 5060, transport };
}

/** Dialog state of RFC 3261 12: makes requests inside the dialog and checks those that arrive. */
export class Dialog {
  readonly #parts: DialogParts;
  #localCseq: number;
  #remoteCseq: number | undefined;
  #remoteTarget: string;

  constructor(parts: DialogParts) {
    this.#parts = parts;
    this.#localCseq = parts.localCseq;
    this.#remoteCseq = parts.remoteCseq;
    this.#remoteTarget = parts.remoteTarget;
  }

  get remoteTag(): string {
    return this.#parts.remoteTag;
  }

  /** The dialog a 2xx to our INVITE makes. */
  static ofAnswer(invite: SipRequest, response: SipResponse, peer: SipPeer): Dialog {
    const { callId, fromTag, toTag, cseq } = fieldsOf(response);
    return new Dialog({
      callId,
      localTag: fromTag,
      remoteTag: toTag,
      localAddress: headerValue(invite.headers, 'from') ?? '',
      remoteAddress: headerValue(response.headers, 'to') ?? '',
      routeSet: headerValues(response.headers, 'record-route').reverse(),
      remoteTarget: contactUris(response)[0] ?? invite.uri,
      peer,
      localCseq: cseq.number,
      remoteCseq: undefined,
    });
  }

  /** The dialog our 2xx to this INVITE makes. */
  static ofInvite(invite: SipRequest, localTag: string, peer: SipPeer): Dialog {
    const { callId, fromTag, cseq, from } = fieldsOf(invite);
    return new Dialog({
      callId,
      localTag,
      remoteTag: fromTag,
      localAddress: `${headerValue(invite.headers, 'to') ?? ''};tag=${localTag}`,
      remoteAddress: headerValue(invite.headers, 'from') ?? '',
      routeSet: headerValues(invite.headers, 'record-route'),
      remoteTarget: contactUris(invite)[0] ?? from.uri,
      peer,
      localCseq: 0,
      remoteCseq: cseq.number,
    });
  }

  /** A confirmed dialog out of a journal. */
  static ofSnapshot(snapshot: DialogSnapshot): Dialog {
    const { localUri, remoteUri, ...rest } = snapshot;
    return new Dialog({ ...rest, localAddress: localUri, remoteAddress: remoteUri, remoteCseq: undefined });
  }

  snapshot(direction: 'outbound' | 'inbound'): DialogSnapshot {
    const { callId, localTag, remoteTag, localAddress, remoteAddress, routeSet } = this.#parts;
    return {
      version: 1,
      state: 'confirmed',
      direction,
      callId,
      localTag,
      remoteTag,
      localUri: localAddress,
      remoteUri: remoteAddress,
      localCseq: this.#localCseq,
      routeSet,
      remoteTarget: this.#remoteTarget,
      peer: this.nextHop,
    };
  }

  /** Next hop: the first route, else the remote target; the INVITE's own peer when neither is usable. */
  get nextHop(): SipPeer {
    const { peer, routeSet } = this.#parts;
    const route = routeSet[0] === undefined ? undefined : parseAddress(routeSet[0])?.uri;
    return peerOf(route ?? this.#remoteTarget, peer.transport) ?? peer;
  }

  /** A request inside the dialog with the next CSeq. */
  request(method: string, extra: readonly Header[]): SipRequest {
    this.#localCseq += 1;
    return this.#build(method, this.#localCseq, extra);
  }

  /** The ACK of a 2xx to the INVITE with that CSeq number. */
  ack(cseq: number): SipRequest {
    return this.#build('ACK', cseq, []);
  }

  /** Whether an arriving request is in order (RFC 3261 12.2.2); remembers its CSeq. */
  acceptCseq(number: number): boolean {
    if (this.#remoteCseq !== undefined && number < this.#remoteCseq) return false;
    this.#remoteCseq = number;
    return true;
  }

  /** A target refresh (re-INVITE) moves the remote target. */
  refreshTarget(request: SipRequest): void {
    this.#remoteTarget = contactUris(request)[0] ?? this.#remoteTarget;
  }

  #build(method: string, cseq: number, extra: readonly Header[]): SipRequest {
    const { callId, localAddress, remoteAddress, routeSet } = this.#parts;
    const first = routeSet[0] === undefined ? undefined : parseAddress(routeSet[0]);
    const isStrict = first !== undefined && parseSipUri(first.uri)?.params['lr'] === undefined;
    const routes = isStrict ? [...routeSet.slice(1), `<${this.#remoteTarget}>`] : routeSet;
    return {
      kind: 'request',
      method,
      uri: isStrict ? first.uri : this.#remoteTarget,
      headers: [
        { name: 'Max-Forwards', value: '70' },
        ...routes.map((value) => ({ name: 'Route', value })),
        { name: 'From', value: localAddress },
        { name: 'To', value: remoteAddress },
        { name: 'Call-ID', value: callId },
        { name: 'CSeq', value: `${cseq} ${method}` },
        ...extra,
      ],
      body: '',
    };
  }
}
