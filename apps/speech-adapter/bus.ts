/** What a stream needs of core NATS. */
export interface Bus {
  publish(subject: string, bytes: Uint8Array): void;
  /** The bytes are only valid during the call. */
  subscribe(subject: string, callback: (bytes: Uint8Array) => void): { unsubscribe(): void };
}

/** What a stream says about itself; a pino logger fits. */
export interface StreamLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** A stream that nobody talks to for this long is closed. */
export const IDLE_LIMIT_MS = 30_000;
/** An open stream says this often that it lives. */
export const ALIVE_EVERY_MS = 1000;
