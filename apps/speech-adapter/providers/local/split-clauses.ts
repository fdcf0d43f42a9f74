/** A clause longer than this is cut between words: an engine that speaks whole clauses must not keep the caller waiting. */
const LONGEST = 180;
/** Shorter pieces stay with their neighbour: every cut costs a process and a pause. */
const SHORTEST = 12;

/** Cuts text where a speaker pauses. All words are kept, in order; white space at the cuts is not. */
export function splitClauses(text: string): string[] {
  // A full stop or comma inside a number or an abbreviation has no white space after it, and stays.
  const pieces = text.split(/(?<=[.!?;:,\u2026\u3002\uff0c\uff01\uff1f\u0964]["')\]]*)\s+|\n+/);
  const clauses: string[] = [];
  for (const piece of pieces.map((part) => part.trim())) {
    if (piece === '') continue;
    const last = clauses.at(-1);
    if (
      last !== undefined &&
      (last.length < SHORTEST || isAbbreviation(last)) &&
      last.length + piece.length < LONGEST
    ) {
      clauses[clauses.length - 1] = `${last} ${piece}`;
    } else clauses.push(piece);
  }
  return clauses.flatMap(cutLong).filter((clause) => /[\p{L}\p{N}]/u.test(clause));
}

function isAbbreviation(text: string): boolean {
  return /(^|\s)(mr|mrs|ms|dr|prof|st|no|vs|e\.g|i\.e)\.$/i.test(text);
}

function cutLong(clause: string): string[] {
  const parts: string[] = [];
  let rest = clause;
  while (rest.length > LONGEST) {
    const at = rest.lastIndexOf(' ', LONGEST);
    const cut = at > 0 ? at : LONGEST;
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut).trim();
  }
  return rest === '' ? parts : [...parts, rest];
}
