import type { LegEnd } from './cause.ts';
import type { EndReason } from './end-reasons.ts';

/** Where a provider says more than the status does. */
export interface ProviderRule {
  readonly id: string;
  /** Statuses under which it is believed. */
  readonly statuses: readonly number[];
  /** Header name in lower case; without it the rule reads the reason phrase and the headers of `TEXT_HEADERS`. */
  readonly header?: string;
  readonly pattern: RegExp;
  readonly reason: EndReason;
  /** The case that taught us. */
  readonly learnt: string;
}

/** Headers in which free text about a failure is found. */
export const TEXT_HEADERS = ['reason', 'warning', 'error-info', 'x-twilio-error', 'x-error', 'x-reason'] as const;

/** Far ends choose this text: no more of it than this is read, so that no rule can be made slow. */
const MAX_TEXT = 1_000;

/** First match wins. */
export const PROVIDER_RULES: readonly ProviderRule[] = [
  {
    id: 'twilio-blocked-number',
    statuses: [403, 603],
    header: 'x-twilio-error',
    pattern: /\b32203\b/,
    reason: 'SIP_FAILED_NUMBER_BLOCKED',
    learnt: 'Twilio trunks answer 603 with X-Twilio-Error 32203 for a blocked number: the person never saw the call.',
  },
  {
    id: 'network-blocked-603-plus',
    statuses: [603],
    pattern: /network blocked|v=analytics1/i,
    reason: 'SIP_FAILED_NUMBER_BLOCKED',
    learnt: 'ATIS-1000099 (603+): analytics blocking answers "603 Network Blocked" with a Reason header of its own.',
  },
  {
    id: 'rejected-608-behind-603',
    statuses: [603],
    header: 'reason',
    pattern: /\bsip\s*;\s*cause\s*=\s*60[78]\b/i,
    reason: 'SIP_FAILED_NUMBER_BLOCKED',
    learnt: 'RFC 8197 and 8688: a proxy that downgrades 607 or 608 to 603 keeps the first status in the Reason header.',
  },
  {
    id: 'rate-limit-text',
    statuses: [403, 486, 500, 503],
    pattern:
      /\bcps\b|calls? per second|rate.?limit|too many (concurrent )?calls|(concurren\w*|channel|capacity)\W.*(limit|exceed|reached)/i,
    reason: 'SIP_FAILED_RATE_LIMITED',
    learnt: 'Trunks refuse calls over their rate or channel limit with 503, 500 or 403 and say so only in the text.',
  },
];

/** The rule that explains this leg end, if any. */
export function matchProviderRule(end: LegEnd): ProviderRule | undefined {
  const headers = new Map(Object.entries(end.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const text = [end.reason, ...TEXT_HEADERS.map((name) => headers.get(name))].join('\n');
  return PROVIDER_RULES.find((rule) => {
    if (end.status === undefined || !rule.statuses.includes(end.status)) return false;
    const read = rule.header === undefined ? text : (headers.get(rule.header) ?? '');
    return rule.pattern.test(read.slice(0, MAX_TEXT));
  });
}
