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

function wordEnds(segment: SpokenSegment, words: readonly string[]): readonly number[] {
  if (segment.wordEndsMs?.length === words.length) return segment.wordEndsMs;
  const total = words.reduce((sum, word) => sum + weigh(word), 0);
  let spoken = 0;
  return words.map((word) => {
    spoken += weigh(word);
    return (spoken / total) * segment.durationMs;
  });
}

function heardOf(segment: SpokenSegment, playedMs: number): string {
  if (playedMs >= segment.durationMs) return segment.text;
  const matches = [...segment.text.matchAll(WORD)];
  const ends = wordEnds(
    segment,
    matches.map((match) => match[0]),
  );
  const last = matches.findLast((_match, index) => (ends[index] ?? Infinity) <= playedMs);
  return last === undefined ? '' : segment.text.slice(0, last.index + last[0].length);
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
