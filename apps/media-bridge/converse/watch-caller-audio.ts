import type { ReportFact } from './report-facts.ts';

const NEVER_CAME_MS = 10_000;
const STOPPED_MS = 15_000;

/** Notices a caller whose audio never comes, or stops for good. Each is reported once. */
export class CallerAudioWatch {
  private readonly report: ReportFact;
  private startedAt: number | undefined;
  private lastFrameAt: number | undefined;
  private reported = false;

  constructor(report: ReportFact) {
    this.report = report;
  }

  /** The conversation began at `now`; before that nobody need be heard. */
  start(now: number): void {
    this.startedAt ??= now;
  }

  frame(now: number): void {
    this.lastFrameAt = now;
  }

  /** Call it about once a second. */
  check(now: number): void {
    if (this.startedAt === undefined || this.reported) return;
    if (this.lastFrameAt === undefined) {
      if (now - this.startedAt < NEVER_CAME_MS) return;
      this.reported = true;
      this.report('audio-missing', {});
    } else {
      const silentMs = now - Math.max(this.lastFrameAt, this.startedAt);
      if (silentMs < STOPPED_MS) return;
      this.reported = true;
      this.report('media-lost', { detail: `no audio of the caller for ${Math.round(silentMs / 1000)} s` });
    }
  }
}
