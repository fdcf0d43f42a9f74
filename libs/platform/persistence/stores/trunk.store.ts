import type { DataSource } from 'typeorm';
import { TrunkEntity } from '../entities/routing.entities.ts';

/** The `trunk` table, as gateways read it. */
export class TrunkStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** The trunk, its password still sealed; undefined when there is none of that id. */
  async byId(id: string): Promise<TrunkEntity | undefined> {
    return (await this.db.getRepository(TrunkEntity).findOneBy({ id })) ?? undefined;
  }
}
