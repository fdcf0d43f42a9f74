import { randomBytes } from 'node:crypto';
import { answerChallenge, readChallenge } from '../message/digest.ts';
import { headerValues } from '../message/sip-message.ts';
import type { Header, SipRequest, SipResponse } from '../message/sip-message.ts';
import type { TransactionLayer } from '../transaction/transaction-layer.ts';
import type { SipCredentials } from './api.ts';
import type { Dialog } from './dialog.ts';

/** Final answers to a BYE after which no dialog is left at the far end. */
const GONE = new Set([404, 408, 410, 480, 481]);

/** Random lower-case hex, `bytes` bytes long. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** Header list of a plain record. */
export function headersOf(record: Readonly<Record<string, string>> | undefined): Header[] {
  return Object.entries(record ?? {}).map(([name, value]) => ({ name, value }));
}

/** Whether a final answer to a BYE means that the dialog is gone. */
export function confirmsBye(status: number): boolean {
  return status < 300 || GONE.has(status);
}

/** Authorization header that answers a 401 or 407; undefined when there is no challenge we can answer. */
export function authorize(
  response: SipResponse,
  request: Pick<SipRequest, 'method' | 'uri'>,
  credentials: SipCredentials | undefined,
): { header: Header; stale: boolean } | undefined {
  const isProxy = response.status === 407;
  const challenge = readChallenge(headerValues(response.headers, isProxy ? 'proxy-authenticate' : 'www-authenticate'));
  if (!credentials || !challenge) return undefined;
  const value = answerChallenge(challenge, {
    ...credentials,
    method: request.method,
    uri: request.uri,
    cnonce: randomHex(8),
  });
  return { header: { name: isProxy ? 'Proxy-Authorization' : 'Authorization', value }, stale: challenge.stale };
}

/** Sends a BYE, answering one challenge. Resolves with the final status, or undefined when there was none. */
export function sendBye(
  transactions: TransactionLayer,
  dialog: Dialog,
  headers: readonly Header[],
  credentials: SipCredentials | undefined,
): Promise<number | undefined> {
  const attempt = (extra: readonly Header[], isLast: boolean): Promise<number | undefined> =>
    new Promise((resolve) => {
      const request = dialog.request('BYE', [...headers, ...extra]);
      transactions.request(request, dialog.nextHop, {
        onTimeout: () => resolve(undefined),
        onTransportError: () => resolve(undefined),
        onResponse: (response) => {
          if (response.status < 200) return;
          const isChallenge = response.status === 401 || response.status === 407;
          const auth = isChallenge && !isLast ? authorize(response, request, credentials) : undefined;
          resolve(auth ? attempt([auth.header], true) : response.status);
        },
      });
    });
  return attempt([], false);
}
