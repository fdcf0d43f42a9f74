import type { DataSource } from 'typeorm';

/** What is asked for when a call is created. At least one of agent and pipe is given. */
export interface DialPlanQuestion {
  accountId: string;
  agentId: string | null;
  pipeId: string | null;
  fromNumber: string | null;
}

/** Everything a new call takes from the account's set-up, read in one round trip. */
export interface DialPlan {
  accountSettings: Record<string, unknown>;
  /** The named pipe, else the agent's default pipe. */
  pipe: { id: string; agentId: string | null; maxCallDurationS: number; settings: Record<string, unknown> } | null;
  /** The agent that will talk: as named, else the pipe's. */
  agentId: string | null;
  /** Somebody made this agent, a pipe names it, or a runner serves it. */
  agentKnown: boolean;
  /** The number to call from: as named, else the one attached to the pipe, else to the agent. */
  from: { id: string; number: string; trunkId: string } | null;
}

const PLAN_SQL = `
  SELECT a.settings AS account_settings, p.id AS pipe_id, p.agent_id AS pipe_agent_id,
    p.max_call_duration_s, p.settings AS pipe_settings, w.agent_id, n.id AS number_id, n.number, n.trunk_id,
    EXISTS (SELECT 1 FROM agent g WHERE g.account_id = a.id AND g.agent_id = w.agent_id)
      OR EXISTS (SELECT 1 FROM pipe q WHERE q.account_id = a.id AND q.agent_id = w.agent_id)
      OR EXISTS (SELECT 1 FROM runner r WHERE r.account_id = a.id AND r.agent_id = w.agent_id) AS agent_known
  FROM account a
  LEFT JOIN LATERAL (
    SELECT * FROM pipe q WHERE q.account_id = a.id
      AND (($3::text IS NOT NULL AND q.id = $3) OR ($3::text IS NULL AND q.agent_id = $2::text AND q.is_default))
    LIMIT 1
  ) p ON true
  CROSS JOIN LATERAL (SELECT coalesce($2::text, p.agent_id) AS agent_id) w
  LEFT JOIN LATERAL (
    SELECT * FROM number m WHERE m.account_id = a.id
      AND (($4::text IS NOT NULL AND m.number = $4)
        OR ($4::text IS NULL AND (m.pipe_id = p.id OR m.agent_id = w.agent_id)))
    ORDER BY (m.pipe_id IS NOT DISTINCT FROM p.id) DESC, m.created_at, m.id LIMIT 1
  ) n ON true
  WHERE a.id = $1`;

interface PlanRow {
  account_settings: Record<string, unknown>;
  pipe_id: string | null;
  pipe_agent_id: string | null;
  max_call_duration_s: number;
  pipe_settings: Record<string, unknown>;
  agent_id: string | null;
  agent_known: boolean;
  number_id: string | null;
  number: string;
  trunk_id: string;
}

/** Plans a new outbound call: which brain, which settings, which number it comes from. */
export class DialPlanStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** @returns undefined when the account is gone. */
  async find(question: DialPlanQuestion): Promise<DialPlan | undefined> {
    const { accountId, agentId, pipeId, fromNumber } = question;
    const [row] = await this.db.query<PlanRow[]>(PLAN_SQL, [accountId, agentId, pipeId, fromNumber]);
    if (row === undefined) return undefined;
    return {
      accountSettings: row.account_settings,
      pipe:
        row.pipe_id === null
          ? null
          : {
              id: row.pipe_id,
              agentId: row.pipe_agent_id,
              maxCallDurationS: row.max_call_duration_s,
              settings: row.pipe_settings,
            },
      agentId: row.agent_id,
      agentKnown: row.agent_known,
      from: row.number_id === null ? null : { id: row.number_id, number: row.number, trunkId: row.trunk_id },
    };
  }
}
