import { z } from 'zod';

/** What goes to the recogniser child; `recogniser.py` explains each. */
export type RecogniserOrder =
  | { t: 'open'; phrases: readonly string[] | null; cmninit: string }
  | { t: 'start'; utterance: number }
  | { t: 'audio'; pcm: Uint8Array }
  | { t: 'end' }
  | { t: 'close' };

/** What the recogniser child says; `s` is the stream, `u` the utterance, `ms` its own time for the final search. */
export const RecogniserLine = z.discriminatedUnion('t', [
  z.object({ t: z.literal('ready') }),
  z.object({ t: z.literal('open'), s: z.number(), missing: z.array(z.string()) }),
  z.object({ t: z.literal('partial'), s: z.number(), u: z.number(), text: z.string() }),
  z.object({ t: z.literal('final'), s: z.number(), u: z.number(), text: z.string(), ms: z.number() }),
  z.object({ t: z.literal('error'), s: z.number(), message: z.string() }),
]);
export type RecogniserLine = z.infer<typeof RecogniserLine>;

const HEAD_BYTES = 9;
const KIND = { open: 'O', start: 'S', audio: 'A', end: 'E', close: 'C' } as const;

/** One frame: type, stream id, payload length, payload. */
export function encodeOrder(stream: number, order: RecogniserOrder): Buffer {
  const payload = payloadOf(order);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + payload.byteLength);
  frame.write(KIND[order.t], 0, 'latin1');
  frame.writeUInt32LE(stream, 1);
  frame.writeUInt32LE(payload.byteLength, 5);
  frame.set(payload, HEAD_BYTES);
  return frame;
}

function payloadOf(order: RecogniserOrder): Uint8Array {
  switch (order.t) {
    case 'open':
      return Buffer.from(JSON.stringify({ phrases: order.phrases, cmninit: order.cmninit }));
    case 'start': {
      const number = Buffer.alloc(4);
      number.writeUInt32LE(order.utterance);
      return number;
    }
    case 'audio':
      return order.pcm;
    case 'end':
    case 'close':
      return new Uint8Array(0);
  }
}

/** Cuts what a child writes into lines and reads each; a line that is not one of ours is left out. */
export class LineReader {
  private rest = '';

  push(chunk: string): RecogniserLine[] {
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => {
      const read = readLine(line);
      return read === undefined ? [] : [read];
    });
  }
}

function readLine(line: string): RecogniserLine | undefined {
  try {
    const parsed = RecogniserLine.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
