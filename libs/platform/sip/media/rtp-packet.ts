/** One RTP packet (RFC 3550), header fields as numbers. */
export interface RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 12;
const MAX_BYTES = 1_500;

/** Parses a datagram; undefined when it is not well-formed RTP version 2. The payload is a view, not a copy. */
export function parseRtp(datagram: Uint8Array): RtpPacket | undefined {
  if (datagram.length < HEADER_BYTES || datagram.length > MAX_BYTES) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  if (first >> 6 !== 2) return undefined;
  // RTCP sent to the RTP port (rtcp-mux): packet types 200-207.
  if (second >= 200 && second <= 207) return undefined;
  let start = HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (datagram.length < start + 4) return undefined;
    start += 4 + view.getUint16(start + 2) * 4;
  }
  const padding = (first & 0x20) !== 0 ? view.getUint8(datagram.length - 1) : 0;
  const end = datagram.length - padding;
  if (start > end) return undefined;
  return {
    marker: (second & 0x80) !== 0,
    payloadType: second & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: datagram.subarray(start, end),
  };
}

/** Prints a packet with a plain 12-byte header. */
export function printRtp(packet: RtpPacket): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + packet.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, (packet.marker ? 0x80 : 0) | packet.payloadType);
  view.setUint16(2, packet.sequence);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  bytes.set(packet.payload, HEADER_BYTES);
  return bytes;
}

/** How far `sequence` is ahead of `last` on the 16-bit circle: 1 is the next packet, 0 or less a repeat or a straggler. */
export function sequenceAhead(sequence: number, last: number): number {
  return ((sequence - last + 0x8000) & 0xffff) - 0x8000;
}
