import { findHeaderEnd, MAX_MESSAGE_BYTES } from '../message/parse-message.ts';

/** Cuts a TCP byte stream into SIP messages by Content-Length (RFC 3261 18.3). Pure; one instance a connection. */
export class StreamFramer {
  #buffer: Buffer = Buffer.alloc(0);

  /** Feeds bytes; returns the whole messages they complete, or undefined when the stream is beyond repair (close it). */
  push(chunk: Buffer): Buffer[] | undefined {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const messages: Buffer[] = [];
    for (;;) {
      this.#dropKeepAlives();
      const end = findHeaderEnd(this.#buffer);
      if (!end) return this.#buffer.length > MAX_MESSAGE_BYTES ? undefined : messages;
      const length = contentLength(this.#buffer.toString('latin1', 0, end.head));
      if (length === undefined || end.body + length > MAX_MESSAGE_BYTES) return undefined;
      if (this.#buffer.length < end.body + length) return messages;
      messages.push(this.#buffer.subarray(0, end.body + length));
      this.#buffer = this.#buffer.subarray(end.body + length);
    }
  }

  /** CRLF between messages is a keep-alive (RFC 5626), not part of a message. */
  #dropKeepAlives(): void {
    let start = 0;
    while (this.#buffer[start] === 13 || this.#buffer[start] === 10) start += 1;
    if (start > 0) this.#buffer = this.#buffer.subarray(start);
  }
}

function contentLength(head: string): number | undefined {
  for (const line of head.split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (name !== 'content-length' && name !== 'l') continue;
    const length = Number(line.slice(colon + 1).trim());
    return Number.isInteger(length) && length >= 0 ? length : undefined;
  }
  return 0;
}
