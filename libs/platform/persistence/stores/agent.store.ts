import type { DataSource, EntityManager } from 'typeorm';
import { AgentEntity, PipeEntity, VoiceProfileEntity } from '../entities/index.ts';
import { newId } from '../new-id.ts';

/** An agent and the pipe of one of its voices, as they are to be. What is left out keeps its value. */
export interface AgentFields {
  agentId: string;
  name?: string;
  brain?: Record<string, unknown>;
  settings: Record<string, unknown>;
  voiceProfileId: string | null;
  greeting?: string | null;
  recording?: boolean;
  maxCallDurationS?: number;
}

/** A pipe of an agent with the name of its voice profile. */
export type AgentVoice = PipeEntity & { voiceProfileName: string | null };

/** An agent with its voices, the default one first. */
export type AgentWithVoices = AgentEntity & { voices: AgentVoice[] };

/** Agents of an account. */
export class AgentStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /**
   * Makes the agent, or brings it up to date, and the pipe of its voice, one an agent and voice profile. That pipe becomes the
   * agent's default. @returns the pipe's id, and whether the agent is new.
   */
  async save(accountId: string, fields: AgentFields): Promise<{ pipeId: string; created: boolean }> {
    return this.db.transaction(async (tx) => {
      // The account's row is the lock: two creations of one agent become one agent with one default pipe.
      await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
      const created = await saveAgent(tx, accountId, fields);
      return { pipeId: await savePipe(tx, accountId, fields), created };
    });
  }

  async list(accountId: string): Promise<AgentWithVoices[]> {
    const agents = await this.db.getRepository(AgentEntity).find({
      where: { accountId },
      order: { createdAt: 'ASC', agentId: 'ASC' },
    });
    const voices = await this.voices(accountId);
    return agents.map((agent) => ({ ...agent, voices: voices.filter((pipe) => pipe.agentId === agent.agentId) }));
  }

  async read(accountId: string, agentId: string): Promise<AgentWithVoices | undefined> {
    const agent = await this.db.getRepository(AgentEntity).findOneBy({ accountId, agentId });
    return agent === null ? undefined : { ...agent, voices: await this.voices(accountId, agentId) };
  }

  /** True when somebody made this agent, a pipe names it, or a runner serves it. */
  async isKnown(accountId: string, agentId: string): Promise<boolean> {
    const [row] = await this.db.query<{ known: boolean }[]>(
      `SELECT EXISTS (SELECT 1 FROM agent WHERE account_id = $1 AND agent_id = $2)
         OR EXISTS (SELECT 1 FROM pipe WHERE account_id = $1 AND agent_id = $2)
         OR EXISTS (SELECT 1 FROM runner WHERE account_id = $1 AND agent_id = $2) AS known`,
      [accountId, agentId],
    );
    return row?.known === true;
  }

  private async voices(accountId: string, agentId?: string): Promise<AgentVoice[]> {
    const pipes = await this.db.getRepository(PipeEntity).find({
      where: { accountId, ...(agentId === undefined ? {} : { agentId }) },
      order: { isDefault: 'DESC', id: 'ASC' },
    });
    const profiles = await this.db.getRepository(VoiceProfileEntity).find({ select: { id: true, name: true } });
    const nameOf = new Map(profiles.map((profile) => [profile.id, profile.name]));
    return pipes.map((pipe) => ({ ...pipe, voiceProfileName: nameOf.get(pipe.voiceProfileId ?? '') ?? null }));
  }
}

/** @returns true when the agent is new. */
async function saveAgent(tx: EntityManager, accountId: string, fields: AgentFields): Promise<boolean> {
  const agents = tx.getRepository(AgentEntity);
  const { agentId } = fields;
  const before = await agents.findOneBy({ accountId, agentId });
  const now = new Date();
  await agents.save({
    accountId,
    agentId,
    name: fields.name ?? before?.name ?? agentId,
    brain: fields.brain ?? before?.brain ?? {},
    settings: { ...before?.settings, ...fields.settings },
    createdAt: before?.createdAt ?? now,
    modifiedAt: now,
  });
  return before === null;
}

async function savePipe(tx: EntityManager, accountId: string, fields: AgentFields): Promise<string> {
  const pipes = tx.getRepository(PipeEntity);
  const { agentId, voiceProfileId } = fields;
  const [before] = await tx.query<{ id: string }[]>(
    `SELECT id FROM pipe WHERE account_id = $1 AND agent_id = $2 AND voice_profile_id IS NOT DISTINCT FROM $3 ORDER BY id LIMIT 1`,
    [accountId, agentId, voiceProfileId],
  );
  const previous = await pipes.findOneBy({ accountId, agentId, isDefault: true });
  await pipes.update({ accountId, agentId, isDefault: true }, { isDefault: false });
  const given = {
    isDefault: true,
    modifiedAt: new Date(),
    ...(fields.greeting === undefined ? {} : { greeting: fields.greeting }),
    ...(fields.recording === undefined ? {} : { recording: fields.recording }),
    ...(fields.maxCallDurationS === undefined ? {} : { maxCallDurationS: fields.maxCallDurationS }),
  };
  const id = before?.id ?? newId('pipe');
  if (before !== undefined) await pipes.update({ id }, given);
  else await pipes.insert({ id, accountId, agentId, voiceProfileId, name: fields.name ?? agentId, ...given });
  // Numbers attached to the agent, and not to one of its pipes by name, follow its default pipe.
  await tx.query(
    `UPDATE number SET pipe_id = $3 WHERE account_id = $1 AND agent_id = $2 AND (pipe_id IS NULL OR pipe_id = $4)`,
    [accountId, agentId, id, previous?.id ?? null],
  );
  return id;
}
