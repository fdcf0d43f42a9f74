import type { DataSource } from 'typeorm';
import { NumberEntity, PipeEntity } from '../entities/index.ts';
import { newId } from '../new-id.ts';

/** What a pipe is made of. */
export interface PipeFields {
  name: string;
  agentId: string | null;
  voiceProfileId: string | null;
  greeting: string | null;
  recording: boolean;
  maxCallDurationS: number;
  settings: Record<string, unknown>;
}

/** A pipe with the first number attached to it. */
export type PipeWithNumber = PipeEntity & { number: { id: string; number: string } | null };

/** Speech pipes of an account. */
export class PipeStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** The first pipe of an agent becomes its default. */
  async create(accountId: string, fields: PipeFields): Promise<PipeWithNumber> {
    return this.db.transaction(async (tx) => {
      // The account's row is the lock: an agent has at most one default pipe.
      await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
      const pipes = tx.getRepository(PipeEntity);
      const { agentId } = fields;
      const isDefault = agentId !== null && !(await pipes.existsBy({ accountId, agentId, isDefault: true }));
      const now = new Date();
      const row = pipes.create({ id: newId('pipe'), accountId, ...fields, isDefault, createdAt: now, modifiedAt: now });
      return { ...(await pipes.save(row)), number: null };
    });
  }

  /** Oldest first. */
  async list(accountId: string): Promise<PipeWithNumber[]> {
    const pipes = await this.db.getRepository(PipeEntity).find({ where: { accountId }, order: { id: 'ASC' } });
    const numbers = await this.db.getRepository(NumberEntity).find({ where: { accountId }, order: { id: 'ASC' } });
    return pipes.map((pipe) => withNumber(pipe, numbers));
  }

  async read(accountId: string, id: string): Promise<PipeWithNumber | undefined> {
    const pipe = await this.db.getRepository(PipeEntity).findOneBy({ accountId, id });
    if (pipe === null) return undefined;
    const where = { accountId, pipeId: id };
    const numbers = await this.db.getRepository(NumberEntity).find({ where, order: { id: 'ASC' }, take: 1 });
    return withNumber(pipe, numbers);
  }

  /** Sets what is given; a pipe that goes to another agent is that agent's default only if it has none. */
  async update(accountId: string, id: string, change: Partial<PipeFields>): Promise<PipeWithNumber | undefined> {
    await this.db.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
      const pipes = tx.getRepository(PipeEntity);
      const before = await pipes.findOneBy({ accountId, id });
      if (before === null) return;
      const agentId = change.agentId === undefined ? before.agentId : change.agentId;
      const isDefault =
        agentId === before.agentId
          ? before.isDefault
          : agentId !== null && !(await pipes.existsBy({ accountId, agentId, isDefault: true }));
      await pipes.save({ ...before, ...change, isDefault, modifiedAt: new Date() });
    });
    return this.read(accountId, id);
  }

  /** Frees its numbers; the agent's oldest other pipe becomes its default. @returns false when the account has no such pipe. */
  async remove(accountId: string, id: string): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
      const pipes = tx.getRepository(PipeEntity);
      const pipe = await pipes.findOneBy({ accountId, id });
      if (pipe === null) return false;
      await pipes.delete({ accountId, id });
      const free = { pipeId: null, agentId: null, modifiedAt: new Date() };
      await tx.getRepository(NumberEntity).update({ accountId, pipeId: id }, free);
      if (pipe.isDefault && pipe.agentId !== null) {
        const [next] = await pipes.find({ where: { accountId, agentId: pipe.agentId }, order: { id: 'ASC' }, take: 1 });
        if (next !== undefined) await pipes.update({ id: next.id }, { isDefault: true });
      }
      return true;
    });
  }
}

function withNumber(pipe: PipeEntity, numbers: readonly NumberEntity[]): PipeWithNumber {
  const first = numbers.find((number) => number.pipeId === pipe.id);
  return { ...pipe, number: first === undefined ? null : { id: first.id, number: first.number } };
}
