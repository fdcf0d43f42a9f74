import { DEFAULT_CLAUSE_LIMITS, findBoundary, isSpeakable, type ClauseLimits } from './find-boundary.ts';

/** Text of a turn that has not been cut into clauses yet. */
export interface ClauseBuffer {
  readonly text: string;
  /** Clauses cut so far in this turn. */
  readonly count: number;
}

/** The clauses that are complete now, ready for a voice, and what is left. */
export interface SplitClauses {
  readonly buffer: ClauseBuffer;
  readonly clauses: readonly string[];
}

/** A turn begins with this. */
export const EMPTY_CLAUSES: ClauseBuffer = { text: '', count: 0 };

/** Takes streamed text in. The first clause comes early; how the text is cut into deltas makes no difference. */
export function pushText(
  buffer: ClauseBuffer,
  delta: string,
  limits: ClauseLimits = DEFAULT_CLAUSE_LIMITS,
): SplitClauses {
  const clauses: string[] = [];
  let text = (buffer.text + delta).trimStart();
  for (;;) {
    const softMin = buffer.count + clauses.length === 0 ? limits.firstSoftMin : limits.softMin;
    const end = findBoundary(text, softMin, limits.max);
    if (end === undefined) break;
    const clause = text.slice(0, end).trim();
    if (isSpeakable(clause)) clauses.push(clause);
    text = text.slice(end).trimStart();
  }
  return { buffer: { text, count: buffer.count + clauses.length }, clauses };
}

/** The turn is over: what is left is a clause, unless no voice could say it. */
export function flushText(buffer: ClauseBuffer): SplitClauses {
  const rest = buffer.text.trim();
  return { buffer: EMPTY_CLAUSES, clauses: isSpeakable(rest) ? [rest] : [] };
}
