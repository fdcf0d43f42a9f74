import { randomBytes } from 'node:crypto';
import type { SipPeer } from '../agent/api.ts';
import { responseTo } from '../message/print-message.ts';
import { fieldsOf } from '../message/read-fields.ts';
import type { Header, SipMessage, SipRequest, SipResponse } from '../message/sip-message.ts';
import type { TransportLayer } from '../transport/transport-layer.ts';
import { cancelFor, InviteClientTransaction, NonInviteClientTransaction } from './client-transactions.ts';
import type { ClientHandlers, TransactionContext } from './client-transactions.ts';
import { InviteServerTransaction, NonInviteServerTransaction } from './server-transactions.ts';
import type { SipTimers } from './timers.ts';

/** What the user agent hears from below. */
export interface TransactionUser {
  onInvite(transaction: InviteServerTransaction): void;
  onRequest(transaction: NonInviteServerTransaction): void;
  /** ACK of a 2xx. */
  onAck(ack: SipRequest): void;
  /** A 2xx to an INVITE whose transaction is over: too late, but the far end believes in it. */
  onLateAnswer(response: SipResponse): void;
}

const COOKIE = 'z9hG4bK';
const MAX_SERVER_TRANSACTIONS = 20_000;

/** Matches messages to transactions (RFC 3261 17.1.3, 17.2.3) and makes new ones. */
export class TransactionLayer {
  readonly #clients = new Map<string, InviteClientTransaction | NonInviteClientTransaction>();
  readonly #servers = new Map<string, InviteServerTransaction | NonInviteServerTransaction>();
  readonly #timers: SipTimers;
  readonly #transport: TransportLayer;
  readonly #user: TransactionUser;

  constructor(timers: SipTimers, transport: TransportLayer, user: TransactionUser) {
    this.#timers = timers;
    this.#transport = transport;
    this.#user = user;
  }

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Sends an INVITE (without Via: it is added here). */
  invite(request: SipRequest, peer: SipPeer, handlers: ClientHandlers): InviteClientTransaction {
    const transaction = this.#newInvite(this.#withVia(request, peer), peer, handlers);
    transaction.start();
    return transaction;
  }

  /** Awaits the answers to an INVITE that an earlier process sent; `request` holds its Via. */
  resumeInvite(request: SipRequest, peer: SipPeer, handlers: ClientHandlers): InviteClientTransaction {
    const transaction = this.#newInvite(request, peer, handlers);
    transaction.resume();
    return transaction;
  }

  /** Sends any other request (without Via). */
  request(request: SipRequest, peer: SipPeer, handlers: ClientHandlers): void {
    this.#startNonInvite(this.#withVia(request, peer), peer, handlers);
  }

  /** Cancels a pending INVITE. The handlers hear what became of the CANCEL, not of the INVITE. */
  cancel(invite: InviteClientTransaction, headers: readonly Header[], handlers: ClientHandlers): void {
    this.#startNonInvite(cancelFor(invite.request, headers), invite.peer, handlers);
  }

  /** Sends an ACK of a 2xx: no transaction, no repeat of its own. */
  acknowledge(ack: SipRequest, peer: SipPeer): void {
    this.#transport.send(this.#withVia(ack, peer), peer, () => undefined);
  }

  receive(message: SipMessage, source: SipPeer): void {
    if (message.kind === 'response') this.#receiveResponse(message);
    else if (message.method === 'ACK') this.#receiveAck(message);
    else this.#receiveRequest(message, source);
  }

  terminateAll(): void {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.terminate();
  }

  #newInvite(request: SipRequest, peer: SipPeer, handlers: ClientHandlers): InviteClientTransaction {
    const key = clientKey(request);
    const transaction = new InviteClientTransaction(request, peer, this.#context(this.#clients, key), handlers);
    this.#clients.set(key, transaction);
    return transaction;
  }

  #startNonInvite(request: SipRequest, peer: SipPeer, handlers: ClientHandlers): void {
    const key = clientKey(request);
    const transaction = new NonInviteClientTransaction(request, peer, this.#context(this.#clients, key), handlers);
    this.#clients.set(key, transaction);
    transaction.start();
  }

  #receiveResponse(response: SipResponse): void {
    const transaction = this.#clients.get(clientKey(response));
    if (transaction) transaction.receive(response);
    else if (isAnswer(response)) this.#user.onLateAnswer(response);
  }

  #receiveAck(ack: SipRequest): void {
    const invite = this.#servers.get(serverKey(ack, 'INVITE'));
    const absorbed = invite instanceof InviteServerTransaction && invite.acknowledge();
    if (!absorbed) this.#user.onAck(ack);
  }

  #receiveRequest(request: SipRequest, source: SipPeer): void {
    const key = serverKey(request, request.method);
    const known = this.#servers.get(key);
    if (known) {
      known.repeat();
      return;
    }
    if (this.#servers.size >= MAX_SERVER_TRANSACTIONS) return;
    const context = this.#context(this.#servers, key);
    if (request.method === 'INVITE') {
      const transaction = new InviteServerTransaction(request, source, context);
      this.#servers.set(key, transaction);
      this.#user.onInvite(transaction);
      return;
    }
    const transaction = new NonInviteServerTransaction(request, source, context);
    this.#servers.set(key, transaction);
    if (request.method === 'CANCEL') this.#receiveCancel(transaction);
    else this.#user.onRequest(transaction);
  }

  #receiveCancel(cancel: NonInviteServerTransaction): void {
    const invite = this.#servers.get(serverKey(cancel.request, 'INVITE'));
    const found = invite instanceof InviteServerTransaction;
    cancel.respond(responseTo(cancel.request, { status: found ? 200 : 481, toTag: randomBytes(6).toString('hex') }));
    if (found && invite.isPending) invite.onCancel?.(cancel.request);
  }

  #context(owner: Map<string, unknown>, key: string): TransactionContext {
    return {
      timers: this.#timers,
      send: (message, peer, onError) => this.#transport.send(message, peer, onError),
      forget: () => owner.delete(key),
    };
  }

  #withVia(request: SipRequest, peer: SipPeer): SipRequest {
    const { host, port } = this.#transport.advertised;
    const sentBy = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const branch = COOKIE + randomBytes(12).toString('hex');
    const via = { name: 'Via', value: `SIP/2.0/${peer.transport.toUpperCase()} ${sentBy};branch=${branch};rport` };
    return { ...request, headers: [via, ...request.headers] };
  }
}

function isAnswer(response: SipResponse): boolean {
  return response.status >= 200 && response.status < 300 && fieldsOf(response).cseq.method === 'INVITE';
}

function clientKey(message: SipMessage): string {
  const { branch, cseq } = fieldsOf(message);
  return `${branch}|${cseq.method}`;
}

/** Branch, sent-by and method; for peers older than the magic cookie what RFC 2543 compared. */
function serverKey(request: SipRequest, method: string): string {
  const { branch, via, callId, cseq, fromTag } = fieldsOf(request);
  if (branch.startsWith(COOKIE)) return `${branch}|${via.host}:${via.port ?? 5060}|${method}`;
  return `${callId}|${cseq.number}|${fromTag}|${method}`;
}
