/** Lengths that rule the cutting of streamed text, in UTF-16 units. */
export interface ClauseLimits {
  /** The first clause of a turn may end at a comma once it is this long: the caller hears something early. */
  readonly firstSoftMin: number;
  /** Later clauses may end at a comma once they are this long. */
  readonly softMin: number;
  /** No clause is longer; text without any boundary is cut at a space. */
  readonly max: number;
}

/** Tuned for speech engines that take a clause at a time. */
export const DEFAULT_CLAUSE_LIMITS: ClauseLimits = { firstSoftMin: 12, softMin: 60, max: 240 };

const ABBREVIATIONS: ReadonlySet<string> = new Set(
  (
    'mr mrs ms dr prof sr jr st mt rev hon gen col sgt capt lt vs etc approx dept est inc ltd co corp ave blvd rd apt ' +
    'ext tel fig vol jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat e.g i.e a.m p.m u.s u.k ' +
    'bzw ca evtl ggf nr str usw z.b d.h u.a sra'
  ).split(' '),
);

const HARD = /[.!?…]/u;
const WIDE = /[。！？]/u;
const SOFT = /[,;:—–]/u;
const CLOSING = /["'”’)\]»]/u;
const SPACE = /\s/u;
const SPEAKABLE = /[\p{L}\p{N}]/u;

/** True when there is something in the text a voice can say. */
export function isSpeakable(text: string): boolean {
  return SPEAKABLE.test(text);
}

/** A full stop that belongs to its word: "Dr.", "J.", "e.g.", the "1." of a list; "No." before a number. */
function isPartOfWord(text: string, dot: number, after: string): boolean {
  const before = text.slice(0, dot).trimStart();
  const word = before.replace(/^[\s\S]*\s/u, '').replace(/^["'“‘([«]+/u, '');
  if (word.endsWith('.')) return false;
  if (/^\p{L}$/u.test(word) || ABBREVIATIONS.has(word.toLowerCase())) return true;
  if (/^no$/iu.test(word)) return /^\s*\d/u.test(after);
  return /^\d{1,2}$/.test(before);
}

function cutAtSpace(text: string, max: number): number {
  const space = text.slice(0, max + 1).search(/\s\S*$/u);
  if (space > 0 && isSpeakable(text.slice(0, space))) return space;
  const high = text.charCodeAt(max - 1);
  return high >= 0xd800 && high <= 0xdbff && max > 1 ? max - 1 : max;
}

/** Where the sentence that ends with the mark at `mark` ends; 0 when it does not end there; undefined: read on. */
function sentenceEnd(text: string, mark: number): number | undefined {
  let end = mark + 1;
  while (end < text.length && (HARD.test(text.charAt(end)) || CLOSING.test(text.charAt(end)))) end += 1;
  if (end === text.length) return undefined;
  if (!SPACE.test(text.charAt(end))) return 0;
  if (text.charAt(mark) !== '.' || text.charAt(end) === '\n') return end;
  const after = text.slice(end);
  if (after.trim() === '') return undefined;
  return isPartOfWord(text, mark, after) || /^\s*\p{Ll}/u.test(after) ? 0 : end;
}

function scan(text: string, softMin: number): number | undefined {
  for (let index = 0; index < text.length; index += 1) {
    const mark = text.charAt(index);
    if (mark === '\n' || WIDE.test(mark)) {
      if (isSpeakable(text.slice(0, index))) return mark === '\n' ? index : index + 1;
    } else if (HARD.test(mark)) {
      const end = sentenceEnd(text, index);
      if (end === undefined) return undefined;
      if (end > 0 && isSpeakable(text.slice(0, end))) return end;
    } else if (SOFT.test(mark) && index + 1 >= softMin && SPACE.test(text.charAt(index + 1))) {
      return index + 1;
    }
  }
  return undefined;
}

/**
 * Where the first clause of this text ends, or undefined when that cannot be said yet. Never inside a number, an
 * abbreviation or a surrogate pair. The answer does not depend on how the text was streamed.
 */
export function findBoundary(text: string, softMin: number, max: number): number | undefined {
  const end = scan(text.slice(0, max + 1), softMin);
  if (end !== undefined && end <= max) return end;
  return text.length > max ? cutAtSpace(text, max) : undefined;
}
