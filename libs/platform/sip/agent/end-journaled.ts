import { fieldsOf } from '../message/read-fields.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import type { SipTimers } from '../transaction/timers.ts';
import type { TransactionLayer } from '../transaction/transaction-layer.ts';
import type { DialogSnapshot, HangUpOptions, HangUpOutcome } from './api.ts';
import { DEFAULT_WAIT_MS } from './call-core.ts';
import { Dialog } from './dialog.ts';
import { confirmsBye, headersOf, sendBye } from './send-bye.ts';

function pendingInvite(snapshot: DialogSnapshot): SipRequest {
  return {
    kind: 'request',
    method: 'INVITE',
    uri: snapshot.remoteTarget,
    headers: [
      { name: 'Via', value: snapshot.inviteVia ?? '' },
      { name: 'Max-Forwards', value: '70' },
      { name: 'From', value: snapshot.localUri },
      { name: 'To', value: snapshot.remoteUri },
      { name: 'Call-ID', value: snapshot.callId },
      { name: 'CSeq', value: `${snapshot.localCseq} INVITE` },
    ],
    body: '',
  };
}

async function endConfirmed(
  transactions: TransactionLayer,
  snapshot: DialogSnapshot,
  options: HangUpOptions,
): Promise<HangUpOutcome> {
  const status = await sendBye(transactions, Dialog.ofSnapshot(snapshot), headersOf(options.headers), undefined);
  return status !== undefined && confirmsBye(status) ? 'confirmed' : 'unconfirmed';
}

function endEarly(
  transactions: TransactionLayer,
  timers: SipTimers,
  snapshot: DialogSnapshot,
  options: HangUpOptions,
): Promise<HangUpOutcome> {
  return new Promise((resolve) => {
    const request = pendingInvite(snapshot);
    const unconfirmed = (): void => resolve('unconfirmed');
    let ended: Dialog | undefined;
    const onAnswer = async (response: SipResponse): Promise<void> => {
      const dialog = ended ?? Dialog.ofAnswer(request, response, snapshot.peer);
      transactions.acknowledge(dialog.ack(fieldsOf(response).cseq.number), dialog.nextHop);
      if (ended) return;
      ended = dialog;
      const status = await sendBye(transactions, dialog, headersOf(options.headers), undefined);
      resolve(status !== undefined && confirmsBye(status) ? 'crossed' : 'unconfirmed');
    };
    const invite = transactions.resumeInvite(request, snapshot.peer, {
      onTimeout: unconfirmed,
      onTransportError: unconfirmed,
      onResponse: (response) => {
        if (response.status >= 300) resolve('confirmed');
        else if (response.status >= 200) void onAnswer(response);
      },
    });
    transactions.cancel(invite, headersOf(options.headers), {
      onTimeout: unconfirmed,
      onTransportError: unconfirmed,
      // 481: the far end knows no such INVITE, so there is nothing left to end.
      onResponse: (response) => {
        if (response.status === 481 && !ended) resolve('confirmed');
      },
    });
    setTimeout(() => invite.terminate(), 64 * timers.t1).unref();
  });
}

/** Ends a leg that only a journal knows: BYE when it was answered, CANCEL (and BYE, if answered meanwhile) when not. */
export async function endJournaled(
  transactions: TransactionLayer,
  timers: SipTimers,
  snapshot: DialogSnapshot,
  options: HangUpOptions,
): Promise<HangUpOutcome> {
  const ending =
    snapshot.state === 'early'
      ? endEarly(transactions, timers, snapshot, options)
      : endConfirmed(transactions, snapshot, options);
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<HangUpOutcome>((resolve) => {
    timer = setTimeout(() => resolve('unconfirmed'), options.waitMs ?? DEFAULT_WAIT_MS);
  });
  const outcome = await Promise.race([ending, timedOut]);
  clearTimeout(timer);
  return outcome;
}
