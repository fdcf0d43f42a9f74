import type { z } from 'zod';

/** The bytes of a JSON message, checked against its schema first; a message that does not fit is a bug and throws. */
export function encodeSpeechMessage<S extends z.ZodType>(schema: S, message: z.output<S>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(schema.parse(message)));
}

/** The message in these bytes, unknown fields dropped; undefined when it is no JSON or does not fit the schema. */
export function decodeSpeechMessage<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
