import { renderSession, type SessionView } from '@callplane/contracts';
import { SessionStore, type CallStore, type TranscriptStore } from '@callplane/persistence';
import { CALL_STORE, TRANSCRIPT_STORE } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';

interface Page {
  limit: number;
  before?: string | undefined;
}

/** Sessions: the conversations of calls, under the calls' own ids. */
@Controller()
export class ReadSessionController {
  private readonly sessions: SessionStore;
  private readonly calls: CallStore;
  private readonly transcripts: TranscriptStore;

  constructor(
    @Inject(SessionStore) sessions: SessionStore,
    @Inject(CALL_STORE) calls: CallStore,
    @Inject(TRANSCRIPT_STORE) transcripts: TranscriptStore,
  ) {
    this.sessions = sessions;
    this.calls = calls;
    this.transcripts = transcripts;
  }

  @ServeRoute('list-sessions')
  async list({ principal, query }: RouteInput<'list-sessions'>): Promise<Answer> {
    const rows = await this.sessions.list(principal.accountId, query);
    return new Answer(rows.map((row) => renderSession(row)));
  }

  /** Answers for any call of the account, so that a call which was never dialled has an empty session, not a 404. */
  @ServeRoute('get-session')
  async get({ principal, params }: RouteInput<'get-session'>): Promise<Answer | Refusal> {
    const row = await this.calls.readCall(principal.accountId, params.session_id);
    if (row === undefined)
      return new Refusal(404, 'session_not_found', `The account has no session "${params.session_id}".`);
    return new Answer(renderSession(row, await this.transcripts.segments(row.id)));
  }

  @ServeRoute('list-transcripts')
  async listTranscripts({ principal, query }: RouteInput<'list-transcripts'>): Promise<Answer> {
    return new Answer(await this.withTranscripts(principal.accountId, query));
  }

  @ServeRoute('list-recordings')
  async listRecordings({ principal, query }: RouteInput<'list-recordings'>): Promise<Answer> {
    const sessions = await this.withTranscripts(principal.accountId, query);
    const wanted = (session: SessionView): boolean => query.call_id === undefined || session.call_id === query.call_id;
    return new Answer(sessions.filter((session) => session.recording_url !== null && wanted(session)));
  }

  private async withTranscripts(accountId: string, page: Page): Promise<SessionView[]> {
    const rows = await this.sessions.list(accountId, page);
    const spoken = await this.sessions.transcripts(rows.map((row) => row.id));
    return rows.map((row) => renderSession(row, spoken.get(row.id) ?? []));
  }
}
