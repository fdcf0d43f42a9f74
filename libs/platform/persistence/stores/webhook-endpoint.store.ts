import type { DataSource } from 'typeorm';
import { WebhookEndpointEntity } from '../entities/index.ts';
import { newId } from '../new-id.ts';

/** Where accounts want their events. */
export class WebhookEndpointStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** @returns undefined when the account already has `limit` endpoints. */
  async register(
    accountId: string,
    endpoint: { url: string; secretSealed: string; eventTypes: string[] },
    limit: number,
  ): Promise<WebhookEndpointEntity | undefined> {
    return this.db.transaction(async (tx) => {
      // The account's row is the lock, so that two registrations cannot both take the last place.
      await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
      const repository = tx.getRepository(WebhookEndpointEntity);
      if ((await repository.countBy({ accountId })) >= limit) return undefined;
      const created = repository.create({ id: newId('whe'), accountId, ...endpoint, createdAt: new Date() });
      return repository.save({ ...created, disabledAt: null, disabledWhy: null });
    });
  }

  /** Oldest first. */
  async list(accountId: string): Promise<WebhookEndpointEntity[]> {
    return this.db.getRepository(WebhookEndpointEntity).find({ where: { accountId }, order: { id: 'ASC' } });
  }

  /** Deliveries to it that are still due are dropped with it. @returns false when the account has no such endpoint. */
  async remove(accountId: string, id: string): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const { affected } = await tx.getRepository(WebhookEndpointEntity).delete({ id, accountId });
      if (affected !== 1) return false;
      await tx.query(`UPDATE delivery SET state = 'dead' WHERE endpoint_id = $1 AND state = 'pending'`, [id]);
      return true;
    });
  }
}
