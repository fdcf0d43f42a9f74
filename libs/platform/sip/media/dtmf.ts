/** Keys a telephone event may stand for, by RFC 4733 event code. */
export const DTMF_DIGITS = '0123456789*#ABCD';

/** One finished or started key press. */
export interface DtmfEvent {
  readonly digit: string;
  /** Length so far, milliseconds. */
  readonly durationMs: number;
}

/** Reads one RFC 4733 payload; undefined when it is not a DTMF digit. */
export function parseDtmf(payload: Uint8Array): (DtmfEvent & { readonly end: boolean }) | undefined {
  const [event, flags, high, low] = payload;
  if (event === undefined || flags === undefined || high === undefined || low === undefined) return undefined;
  const digit = DTMF_DIGITS[event];
  if (digit === undefined) return undefined;
  return { digit, end: (flags & 0x80) !== 0, durationMs: ((high << 8) | low) / 8 };
}

/** Prints one RFC 4733 payload. */
export function printDtmf(digit: string, durationMs: number, end: boolean): Uint8Array {
  const units = Math.min(0xffff, Math.round(durationMs * 8));
  return Uint8Array.of(DTMF_DIGITS.indexOf(digit), (end ? 0x80 : 0) | 10, units >> 8, units & 0xff);
}

/**
 * Turns the packets of telephone events into one event a key: all packets of a press share a timestamp,
 * and the end packet is sent three times. A press whose end packets are all lost is still reported, by its first packet.
 */
export class DtmfReader {
  #timestamp: number | undefined;

  /** Feed each telephone-event packet; returns a key once, at its first packet. */
  read(timestamp: number, payload: Uint8Array): DtmfEvent | undefined {
    const parsed = parseDtmf(payload);
    if (!parsed || timestamp === this.#timestamp) return undefined;
    this.#timestamp = timestamp;
    return { digit: parsed.digit, durationMs: parsed.durationMs };
  }
}
