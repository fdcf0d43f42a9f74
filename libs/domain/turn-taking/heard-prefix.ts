/** A clause as it was handed to playout. */
export interface SpokenSegment {
  readonly text: string;
  /** Length of its audio, ms. */
  readonly durationMs: number;
  /** End of each word of `text` in its audio, ms, where the speech engine says so; else they are estimated. */
  readonly wordEndsMs?: readonly number[];
}

const WORD = /\S+/gu;

/** Longer words take longer, and every word has its gap; a comma or a full stop is a little rest. */
function weigh(word: string): number {
  return word.length + 1 + (/[.,;:!?…]$/u.test(word) ? 2 : 0);
}

function heardOf(segment: SpokenSegment, playedMs: number): string {
  if (playedMs >= segment.durationMs) return segment.text;
  const words = [...segment.text.matchAll(WORD)];
  const known = segment.wordEndsMs?.length === words.length ? segment.wordEndsMs : [];
  const total = words.reduce((sum, [word]) => sum + weigh(word), 0);
  let heard = 0;
  let weight = 0;
  for (const [nth, match] of words.entries()) {
    weight += weigh(match[0]);
    if ((known[nth] ?? (weight / total) * segment.durationMs) > playedMs) break;
    heard = match.index + match[0].length;
  }
  return segment.text.slice(0, heard);
}

/**
 * The text the caller has heard after `playedMs` of these segments, whole words only: a word cut off by a barge-in was
 * not heard. Segments are joined by one space, as they were split from one text.
 */
export function heardPrefix(segments: readonly SpokenSegment[], playedMs: number): string {
  const heard: string[] = [];
  let startsAt = 0;
  for (const segment of segments) {
    if (playedMs <= startsAt) break;
    heard.push(heardOf(segment, playedMs - startsAt).trim());
    startsAt += segment.durationMs;
  }
  return heard.filter((text) => text !== '').join(' ');
}
