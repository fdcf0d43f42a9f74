import { z } from 'zod';

/** As much of a call as the timeline shows; everything but the status may be missing. */
export const CallView = z.object({
  call_id: z.string(),
  status: z.string(),
  end_reason: z.string().nullish(),
  duration_s: z.number().nullish(),
  transcript: z
    .array(z.object({ role: z.string(), content: z.string() }))
    .nullish()
    .transform((turns) => turns ?? []),
  latency_metrics: z
    .array(
      z.object({
        turn_id: z.number().nullish(),
        ttfa_ms: z.number().nullish(),
        asr_ms: z.number().nullish(),
        llm_ttft_ms: z.number().nullish(),
        tts_ttfb_ms: z.number().nullish(),
      }),
    )
    .nullish()
    .transform((turns) => turns ?? []),
});

export type CallView = z.infer<typeof CallView>;

/** One line of the timeline: who or what, and the text. */
export interface TimelineLine {
  who: string;
  text: string;
}

const ENDED = ['completed', 'failed', 'cancelled', 'canceled', 'no_answer', 'busy'];

/** True once nothing but late transcript words can come. */
export function hasEnded(call: CallView): boolean {
  return ENDED.includes(call.status) || Boolean(call.end_reason);
}

/** Remembers what was shown of one call and tells what is new in the next look at it. */
export class CallTimeline {
  private status = '';
  private words = 0;
  private turns = 0;

  news(call: CallView): TimelineLine[] {
    const spoken = call.transcript.slice(this.words).map(({ role, content }) => ({
      who: role === 'user' || role === 'caller' ? 'caller' : 'agent',
      text: `"${content.trim()}"`,
    }));
    const measured = call.latency_metrics.slice(this.turns).map(describeTurn);
    const moved = call.status === this.status ? [] : [describeStatus(call)];
    this.words = call.transcript.length;
    this.turns = call.latency_metrics.length;
    this.status = call.status;
    // What was said in a call is told before its end.
    return hasEnded(call) ? [...spoken, ...measured, ...moved] : [...moved, ...spoken, ...measured];
  }
}

function describeStatus(call: CallView): TimelineLine {
  if (!hasEnded(call)) return { who: 'call', text: call.status };
  const length = call.duration_s ? ` after ${call.duration_s.toFixed(1)} s` : '';
  return { who: 'call', text: `${call.status}${length}: ${call.end_reason ?? 'no reason given'}` };
}

function describeTurn(turn: CallView['latency_metrics'][number]): TimelineLine {
  const parts = [
    ['hearing', turn.asr_ms],
    ['agent', turn.llm_ttft_ms],
    ['voice', turn.tts_ttfb_ms],
  ].flatMap(([name, ms]) => (typeof ms === 'number' ? [`${name} ${Math.round(ms)}`] : []));
  const detail = parts.length > 0 ? ` (${parts.join(', ')})` : '';
  const total = typeof turn.ttfa_ms === 'number' ? `${Math.round(turn.ttfa_ms)} ms to the first sound` : 'measured';
  return { who: 'latency', text: `turn ${turn.turn_id ?? '?'}: ${total}${detail}` };
}
