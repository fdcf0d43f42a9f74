import { openSecret, type TrunkStore } from '@callplane/persistence';
import type { Trunk } from './gateways/sip-gateway.ts';

/** Injection token of the TrunkReader. */
export const TRUNKS = Symbol('trunks');

export type FoundTrunk =
  { ok: true; trunk: Trunk } | { ok: false; code: 'trunk_not_found' | 'trunk_unusable'; message: string };

/** Loads a trunk and opens its password. */
export class TrunkReader {
  private readonly store: Pick<TrunkStore, 'byId'>;
  private readonly secret: string;

  /** `secret` is CALLPLANE_SECRET, under which the password was sealed. */
  constructor(store: Pick<TrunkStore, 'byId'>, secret: string) {
    this.store = store;
    this.secret = secret;
  }

  async read(id: string): Promise<FoundTrunk> {
    const row = await this.store.byId(id);
    if (row === undefined) return { ok: false, code: 'trunk_not_found', message: `there is no trunk ${id}` };
    const password = this.open(row.authPasswordSealed);
    if (password === undefined) {
      const message = `the password of trunk ${id} was sealed under another CALLPLANE_SECRET: set it again`;
      return { ok: false, code: 'trunk_unusable', message };
    }
    const credentials = row.authUsername === null ? undefined : { username: row.authUsername, password };
    const providerTrunkId = row.providerTrunkId ?? undefined;
    return { ok: true, trunk: { id, kind: row.kind, uri: row.uri, credentials, providerTrunkId } };
  }

  /** Undefined when it cannot be opened; empty when there is none. */
  private open(sealed: string | null): string | undefined {
    if (sealed === null) return '';
    try {
      return openSecret(sealed, this.secret);
    } catch {
      return undefined;
    }
  }
}
