import type { TurnFigures } from '@callplane/contracts';

interface Marks {
  readonly turnId: number;
  readonly speechEndAt: number;
  readonly sentAt: number;
  firstTextAt?: number;
  spokenAt?: number;
  firstByteAt?: number;
  firstAudioAt?: number;
}

/** Measures one turn at a time. All times are epoch ms; the first mark of each kind counts. */
export class TurnStopwatch {
  private marks: Marks | undefined;

  /** The caller stopped at `speechEndAt`, and the words went to the runner at `sentAt`. */
  begin(turnId: number, speechEndAt: number, sentAt: number): void {
    this.marks = { turnId, speechEndAt, sentAt };
  }

  mark(kind: 'firstTextAt' | 'spokenAt' | 'firstByteAt' | 'firstAudioAt', at: number): void {
    if (this.marks !== undefined) this.marks[kind] ??= at;
  }

  /** The figures of the turn that is over, once; undefined when none was begun. */
  finish(): { turnId: number; figures: TurnFigures } | undefined {
    const marks = this.marks;
    this.marks = undefined;
    if (marks === undefined) return undefined;
    const { turnId, speechEndAt, sentAt, firstTextAt, spokenAt, firstByteAt, firstAudioAt } = marks;
    return {
      turnId,
      figures: {
        ...span('ttfa_ms', speechEndAt, firstAudioAt),
        ...span('asr_ms', speechEndAt, sentAt),
        ...span('llm_ttft_ms', sentAt, firstTextAt),
        ...span('tts_ttfb_ms', spokenAt, firstByteAt),
      },
    };
  }
}

function span(name: keyof TurnFigures, from: number | undefined, to: number | undefined): TurnFigures {
  return from === undefined || to === undefined ? {} : { [name]: Math.max(0, Math.round(to - from)) };
}
