import { renderCall, renderCallDetail } from '@callplane/contracts';
import { CALL_STATES, visibleStatus } from '@callplane/domain';
import type { CallStore, TranscriptStore } from '@callplane/persistence';
import { CALL_STORE, TRANSCRIPT_STORE } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';

/** Calls as they are now. */
@Controller()
export class ReadCallController {
  private readonly calls: CallStore;
  private readonly transcripts: TranscriptStore;

  constructor(@Inject(CALL_STORE) calls: CallStore, @Inject(TRANSCRIPT_STORE) transcripts: TranscriptStore) {
    this.calls = calls;
    this.transcripts = transcripts;
  }

  @ServeRoute('list-calls')
  async list({ principal, query }: RouteInput<'list-calls'>): Promise<Answer> {
    const status = query.call_status ?? query.status;
    const rows = await this.calls.listCalls(principal.accountId, {
      states: status === undefined ? [] : CALL_STATES.filter((state) => visibleStatus(state) === status),
      limit: query.limit,
      ...(query.pipe_id === undefined ? {} : { pipeId: query.pipe_id }),
      ...(query.before === undefined ? {} : { before: query.before }),
    });
    return new Answer(rows.map((row) => renderCall(row, row.turns)));
  }

  @ServeRoute('get-call')
  async get({ principal, params }: RouteInput<'get-call'>): Promise<Answer | Refusal> {
    const row = await this.calls.readCall(principal.accountId, params.call_id);
    if (row === undefined) return new Refusal(404, 'call_not_found', `The account has no call "${params.call_id}".`);
    const [segments, metrics] = await Promise.all([
      this.transcripts.segments(row.id),
      this.transcripts.turnMetrics(row.id),
    ]);
    return new Answer({ ...renderCall(row, segments.length), ...renderCallDetail(segments, metrics) });
  }
}
