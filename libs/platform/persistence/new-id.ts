import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const BLOCK = new Uint32Array(512);
let used = BLOCK.length;

/** From the system's generator, drawn in blocks: ulid asks for one number a character. In [0, 1). */
function random(): number {
  if (used === BLOCK.length) {
    randomFillSync(BLOCK);
    used = 0;
  }
  return (BLOCK[used++] ?? 0) / 2 ** 32;
}

const ulid = monotonicFactory(random);

/** `<prefix>_<ULID>`: sortable by time of creation, one NATS subject token, safe in URLs. Prefixes: cal, acc, key, vp, pipe, num, trk, evt, whe, job, asg. */
export function newId(prefix: string): string {
  return `${prefix}_${ulid()}`;
}
