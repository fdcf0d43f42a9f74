import { SUPPORTED_VERBS } from '@callplane/contracts';

/** Longest text of one relayed frame, UTF-16 units: even fully escaped it fits a NATS message of 1 MiB. */
const MAX_TEXT = 128 * 1024;

export type VerbReading = { ok: true; frames: Record<string, unknown>[] } | { ok: false; why: string };

const verbs = new Set<string>(SUPPORTED_VERBS);
const withText = new Set(['agent.text.delta', 'agent.say']);

/**
 * Reads what a runner sent. Checked by hand rather than by schema, because this runs for every piece of every reply; the bridge
 * reads the rest. A long text becomes several frames of the same verb, in order.
 */
export function readVerb(text: string): VerbReading {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { ok: false, why: 'not JSON' };
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return { ok: false, why: 'not an object' };
  const { event, text: words } = frame as { event?: unknown; text?: unknown };
  if (typeof event !== 'string' || !verbs.has(event)) return { ok: false, why: 'unknown verb' };
  if (withText.has(event)) {
    if (typeof words !== 'string') return { ok: false, why: `${event} without text` };
    if (words.length > MAX_TEXT) return { ok: true, frames: pieces(words).map((piece) => ({ event, text: piece })) };
  }
  if (text.length > 2 * MAX_TEXT) return { ok: false, why: 'too long' };
  return { ok: true, frames: [frame as Record<string, unknown>] };
}

/** Cuts at most every MAX_TEXT units, never inside a surrogate pair. */
function pieces(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + MAX_TEXT, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}
