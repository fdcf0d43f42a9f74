import { isFinal } from '@callplane/domain';
import { z } from 'zod';
import type { CallRecord } from './call-view.ts';

/** One stored sentence of either side. */
export interface SegmentRecord {
  role: 'user' | 'assistant';
  text: string;
  /** The part of an agent's sentence that was played; null = all of it. */
  heard: string | null;
  at: Date;
}

/** One turn of a transcript. `content` is what the other side heard; an interrupted turn keeps its full text beside it. */
export const transcriptTurnSchema = z
  .object({
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    timestamp: z.iso.datetime(),
    interrupted: z.literal(true).optional(),
    full_text: z.string().optional(),
  })
  .meta({ id: 'TranscriptTurn' });
export type TranscriptTurnView = z.infer<typeof transcriptTurnSchema>;

/** The transcript as REST shows it, in the order it was spoken. */
export function renderTranscript(segments: readonly SegmentRecord[]): TranscriptTurnView[] {
  return segments.map((segment) => ({
    role: segment.role,
    content: segment.heard ?? segment.text,
    timestamp: segment.at.toISOString(),
    ...(segment.heard === null ? {} : { interrupted: true as const, full_text: segment.text }),
  }));
}

/** What users see of a session. */
export const SESSION_STATUSES = ['active', 'completed', 'failed'] as const;

/** The SDK's `Session`: the conversation of a call, under the call's own id. */
export const sessionSchema = z
  .object({
    session_id: z.string(),
    project_id: z.string(),
    call_id: z.string(),
    pipe_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    room_name: z.string().nullable(),
    status: z.enum(SESSION_STATUSES),
    started_at: z.iso.datetime().nullable(),
    ended_at: z.iso.datetime().nullable(),
    duration_s: z.int().nullable(),
    end_reason: z.string().nullable(),
    recording_url: z.string().nullable(),
    transcript: z.array(transcriptTurnSchema).optional(),
    created: z.iso.datetime(),
    modified: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export type SessionView = z.infer<typeof sessionSchema>;

/** The session of a call; `segments` left out = without its transcript. */
export function renderSession(call: CallRecord, segments?: readonly SegmentRecord[]): SessionView {
  const { activeAt, endedAt } = call;
  const over = isFinal(call.state);
  return {
    session_id: call.id,
    project_id: call.accountId,
    call_id: call.id,
    pipe_id: call.pipeId,
    agent_id: call.agentId,
    room_name: call.roomName,
    status: over ? (call.state === 'ended' ? 'completed' : 'failed') : 'active',
    started_at: activeAt?.toISOString() ?? null,
    ended_at: endedAt?.toISOString() ?? null,
    duration_s:
      activeAt === null || endedAt === null
        ? null
        : Math.max(0, Math.round((endedAt.getTime() - activeAt.getTime()) / 1000)),
    end_reason: call.endReason,
    recording_url: null,
    ...(segments === undefined ? {} : { transcript: renderTranscript(segments) }),
    created: call.createdAt.toISOString(),
    modified: call.modifiedAt.toISOString(),
  };
}
