import { IsNull, type DataSource } from 'typeorm';
import { VoiceProfileEntity } from '../entities/index.ts';

/** Voice profiles an account may use: its own and those offered to everybody. */
export class VoiceProfileStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** Oldest first; the first one is what an agent without a choice gets. `language` `en` also finds `en-US`. */
  async list(accountId: string, language?: string): Promise<VoiceProfileEntity[]> {
    const all = await this.db.getRepository(VoiceProfileEntity).find({
      where: [{ accountId }, { accountId: IsNull() }],
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    if (language === undefined) return all;
    const wanted = language.toLowerCase();
    return all.filter((profile) => {
      const spoken = profile.language.toLowerCase();
      return spoken === wanted || spoken.startsWith(`${wanted}-`) || wanted.startsWith(`${spoken}-`);
    });
  }

  /** By id, else by name; an account's own profile wins over a shared one of the same name. */
  async find(accountId: string, idOrName: string): Promise<VoiceProfileEntity | undefined> {
    const all = await this.list(accountId);
    const byId = all.find((profile) => profile.id === idOrName);
    const named = all.filter((profile) => profile.name === idOrName);
    return byId ?? named.find((profile) => profile.accountId !== null) ?? named[0];
  }
}
