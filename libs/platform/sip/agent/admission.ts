import { BlockList, isIPv6 } from 'node:net';
import type { InviteAdmission } from './api.ts';

/** What to do with an INVITE from a source address. */
export type AdmissionVerdict = 'admit' | 'not_allowed' | 'too_many';

const MAX_SOURCES = 10_000;

function blockListOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Allow-list and token bucket per source address. */
export class InviteGuard {
  readonly #allowed: BlockList | undefined;
  readonly #rate: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** Throws on an entry of `allow` that is no address or block. */
  constructor(admission: InviteAdmission = {}) {
    this.#allowed = admission.allow === undefined ? undefined : blockListOf(admission.allow);
    this.#rate = admission.invitesPerSecond ?? 20;
    this.#burst = admission.burst ?? 40;
  }

  /** Judges one INVITE; `now` is monotonic, milliseconds. */
  judge(address: string, now: number): AdmissionVerdict {
    if (this.#allowed && !this.#allowed.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return 'not_allowed';
    const bucket = this.#buckets.get(address) ?? { tokens: this.#burst, at: now };
    const tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1_000) * this.#rate);
    const isFull = tokens < 1;
    this.#buckets.delete(address);
    this.#buckets.set(address, { tokens: isFull ? tokens : tokens - 1, at: now });
    if (this.#buckets.size > MAX_SOURCES) this.#forgetOldest();
    return isFull ? 'too_many' : 'admit';
  }

  #forgetOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
