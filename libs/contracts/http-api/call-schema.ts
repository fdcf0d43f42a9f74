import { VISIBLE_STATUSES } from '@callplane/domain';
import { z } from 'zod';
import type { SegmentRecord } from './session-view.ts';
import { renderTranscript, transcriptTurnSchema, type TranscriptTurnView } from './session-view.ts';

const text = z.string().nullable();
const time = z.iso.datetime().nullable();
const figures = z.record(z.string(), z.number());

/** The SDK's `Call` with our evidence beside the reason: what `renderCall` gives. */
export const callSchema = z
  .object({
    call_id: z.string(),
    org_id: z.string(),
    project_id: z.string(),
    direction: z.enum(['outbound', 'inbound']),
    status: z.enum(VISIBLE_STATUSES),
    agent_id: text,
    pipe_id: text,
    to_number: text,
    from_number: text,
    number_id: text,
    trunk_id: text,
    instructions: text,
    data: z.record(z.string(), z.unknown()),
    session_id: text.meta({ description: 'Equals `call_id`; set once the call was dialled.' }),
    room_name: text,
    end_reason: text.meta({ description: 'One of docs/end-reasons.md.' }),
    ended_by: text,
    phase: text,
    sip_code: z.int().nullable(),
    sip_reason: text,
    q850: z.int().nullable(),
    detail: text,
    waiting_for: text.meta({ description: 'Why a pending call is not dialled yet.' }),
    initial_call_id: text,
    transcript_turns: z.int(),
    started_at: time,
    ended_at: time,
    duration_s: z.number().nullable(),
    created: z.iso.datetime(),
    modified: z.iso.datetime(),
    traces: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Call' });

/** A call with everything that was said and measured. */
export const callDetailSchema = callSchema
  .extend({
    transcript: z.array(transcriptTurnSchema),
    latency_metrics: z.array(figures),
    latency_summary: z.record(z.string(), z.union([z.int(), figures])),
    recording_url: text,
  })
  .meta({ id: 'CallDetail' });

/** What `GET .../calls/{call_id}` adds to the call. */
export interface CallDetail {
  transcript: TranscriptTurnView[];
  latency_metrics: Record<string, number>[];
  latency_summary: Record<string, number | { avg: number; p50: number; p95: number }>;
  recording_url: string | null;
}

/** Transcript and turn metrics of a call. `metrics` hold `turn_id` and times in milliseconds by name. */
export function renderCallDetail(
  segments: readonly SegmentRecord[],
  metrics: readonly Record<string, number>[],
): CallDetail {
  return {
    transcript: renderTranscript(segments),
    latency_metrics: [...metrics],
    latency_summary: summarise(metrics),
    recording_url: null,
  };
}

/** Number of turns, and average, median and 95th percentile of every time that the turns report. */
function summarise(metrics: readonly Record<string, number>[]): CallDetail['latency_summary'] {
  if (metrics.length === 0) return {};
  const summary: CallDetail['latency_summary'] = { turns: metrics.length };
  const names = new Set(metrics.flatMap((turn) => Object.keys(turn)).filter((name) => name.endsWith('_ms')));
  for (const name of names) {
    const values = metrics.flatMap((turn) => turn[name] ?? []).sort((a, b) => a - b);
    const at = (share: number): number => values[Math.ceil(share * values.length) - 1] ?? 0;
    const total = values.reduce((sum, value) => sum + value, 0);
    summary[name] = { avg: Math.round((total / values.length) * 10) / 10, p50: at(0.5), p95: at(0.95) };
  }
  return summary;
}
