import type { CallBrief, SpeechSettings } from '@callplane/contracts';
import type { DataSource } from 'typeorm';

/** What the bridge needs to know about a call. */
export interface CallRoute {
  greeting: string | null;
  speech: SpeechSettings;
  brief: CallBrief;
}

interface RouteRow {
  greeting: string | null;
  pipe_settings: Record<string, unknown> | null;
  agent_settings: Record<string, unknown> | null;
  voice_profile_id: string | null;
  language: string | null;
  stt_provider: string | null;
  tts_provider: string | null;
  tts_voice: string | null;
  direction: 'outbound' | 'inbound';
  agent_id: string | null;
  to_number: string | null;
  from_number: string | null;
  instructions: string | null;
  data: Record<string, unknown>;
  account_id: string;
  org_handle: string;
  pipe_id: string | null;
  id: string;
}

const DEFAULT_ENDPOINTING_MS = 300;

/** From a call to the voice profile, greeting and brief its bridge works with. */
export class RouteStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** The pipe's voice profile, else the account's first, else the first that everybody may use. Undefined without any. */
  async forCall(callId: string): Promise<CallRoute | undefined> {
    const [row] = await this.db.query<RouteRow[]>(
      `SELECT c.id, c.direction, c.agent_id, c.to_number, c.from_number, c.instructions, c.data, c.account_id, a.org_handle, c.pipe_id,
         coalesce(p.greeting, v.greeting_message) AS greeting, p.settings AS pipe_settings, g.settings AS agent_settings,
         v.id AS voice_profile_id, v.language, v.stt_provider, v.tts_provider, v.tts_voice
       FROM call c JOIN account a ON a.id = c.account_id
       LEFT JOIN pipe p ON p.id = c.pipe_id
       LEFT JOIN agent g ON g.account_id = c.account_id AND g.agent_id = c.agent_id
       LEFT JOIN LATERAL (
         SELECT * FROM voice_profile v WHERE v.account_id = c.account_id OR v.account_id IS NULL
         ORDER BY (v.id = p.voice_profile_id) DESC NULLS LAST, (v.account_id IS NOT NULL) DESC, v.id LIMIT 1
       ) v ON true
       WHERE c.id = $1`,
      [callId],
    );
    if (row === undefined || row.tts_voice === null) return undefined;
    return { greeting: row.greeting, speech: speechOf(row), brief: briefOf(row) };
  }
}

function speechOf(row: RouteRow): SpeechSettings {
  const settings = { ...row.agent_settings, ...row.pipe_settings };
  const { hints, endpointing_ms: endpointing } = settings;
  return {
    voiceProfileId: row.voice_profile_id,
    language: row.language ?? 'en',
    sttProvider: row.stt_provider ?? 'local',
    ttsProvider: row.tts_provider ?? 'local',
    ttsVoice: row.tts_voice ?? '',
    hints: Array.isArray(hints) ? hints.filter((hint) => typeof hint === 'string') : [],
    endpointingMs:
      typeof endpointing === 'number' && endpointing > 0 ? Math.round(endpointing) : DEFAULT_ENDPOINTING_MS,
  };
}

function briefOf(row: RouteRow): CallBrief {
  return {
    direction: row.direction,
    agentId: row.agent_id ?? '',
    toNumber: row.to_number,
    fromNumber: row.from_number,
    userNumber: (row.direction === 'outbound' ? row.to_number : row.from_number) ?? '',
    instructions: row.instructions,
    data: row.data,
    accountId: row.account_id,
    orgHandle: row.org_handle,
    pipeId: row.pipe_id,
  };
}
