import type { DataSource } from 'typeorm';
import { NumberEntity, PipeEntity, TrunkEntity } from '../entities/index.ts';

/** A number with what its trunk is. */
export type NumberWithTrunk = NumberEntity & { trunkKind: TrunkEntity['kind']; providerTrunkId: string | null };

/** Phone numbers of an account. */
export class NumberStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** Oldest first. */
  async list(accountId: string): Promise<NumberWithTrunk[]> {
    const numbers = await this.db.getRepository(NumberEntity).find({
      where: { accountId },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    return this.withTrunks(accountId, numbers);
  }

  /** By id or by E.164. */
  async find(accountId: string, idOrNumber: string): Promise<NumberWithTrunk | undefined> {
    const where = [
      { accountId, id: idOrNumber },
      { accountId, number: idOrNumber },
    ];
    const numbers = await this.db.getRepository(NumberEntity).find({ where, take: 1 });
    return (await this.withTrunks(accountId, numbers))[0];
  }

  /** `pipeId` null = the default pipe of the agent, if it has one. Both null detaches. */
  async attach(
    accountId: string,
    numberId: string,
    to: { agentId: string | null; pipeId: string | null },
  ): Promise<NumberWithTrunk | undefined> {
    const pipeId = to.pipeId ?? (to.agentId === null ? null : await this.defaultPipe(accountId, to.agentId));
    await this.db
      .getRepository(NumberEntity)
      .update({ accountId, id: numberId }, { agentId: to.agentId, pipeId, modifiedAt: new Date() });
    return this.find(accountId, numberId);
  }

  private async defaultPipe(accountId: string, agentId: string): Promise<string | null> {
    const pipe = await this.db.getRepository(PipeEntity).findOneBy({ accountId, agentId, isDefault: true });
    return pipe?.id ?? null;
  }

  private async withTrunks(accountId: string, numbers: NumberEntity[]): Promise<NumberWithTrunk[]> {
    if (numbers.length === 0) return [];
    const trunks = await this.db.getRepository(TrunkEntity).findBy({ accountId });
    const trunkOf = new Map(trunks.map((trunk) => [trunk.id, trunk]));
    return numbers.map((number) => {
      const trunk = trunkOf.get(number.trunkId);
      return { ...number, trunkKind: trunk?.kind ?? 'embedded', providerTrunkId: trunk?.providerTrunkId ?? null };
    });
  }
}
