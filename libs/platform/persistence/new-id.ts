import { monotonicFactory } from 'ulid';

const ulid = monotonicFactory();

/** `<prefix>_<ULID>`: sortable by time of creation, one NATS subject token, safe in URLs. Prefixes: cal, acc, key, vp, pipe, num, trk, evt, whe, job, asg. */
export function newId(prefix: string): string {
  return `${prefix}_${ulid()}`;
}
