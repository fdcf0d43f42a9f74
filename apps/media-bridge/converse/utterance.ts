import { heardPrefix } from '@callplane/domain';

/** A clause on its way through the voice to the room. */
export interface Part {
  readonly segment: number;
  readonly text: string;
  /** ms of audio the voice has given. */
  receivedMs: number;
  /** ms of audio that went to the room. */
  capturedMs: number;
  /** The voice has given all of it. */
  complete: boolean;
  /** The room has played all of it. */
  played: boolean;
}

/** What the agent says in one go: the reply of a turn, or one `say`. */
export interface Utterance {
  readonly kind: 'turn' | 'say';
  readonly parts: Part[];
  /** No more clauses follow. */
  closed: boolean;
  /** When its first sample went to the room, epoch ms. */
  startedAt: number | undefined;
  /** Its number in the transcript, once it started. */
  n: number | undefined;
}

/** A guess for speech not yet synthesised: a character of English takes about so long, ms. */
const MS_PER_CHARACTER = 60;

export const isOver = (utterance: Utterance): boolean =>
  utterance.closed && utterance.parts.every((part) => part.played);

export const textOf = (utterance: Utterance): string => utterance.parts.map((part) => part.text).join(' ');

export const capturedMs = (utterance: Utterance): number =>
  utterance.parts.reduce((sum, part) => sum + part.capturedMs, 0);

/** What of it was heard after `playedMs`; null = all. */
export function heardOf(utterance: Utterance, playedMs: number): string | null {
  const segments = utterance.parts.map((part) => ({
    text: part.text,
    durationMs: part.complete ? part.receivedMs : Math.max(part.receivedMs, part.text.length * MS_PER_CHARACTER),
  }));
  const heard = heardPrefix(segments, playedMs);
  return utterance.closed && heard === textOf(utterance) ? null : heard;
}
