import { sealSecret, type TrunkEntity } from '@callplane/persistence';
import { describe, expect, it } from 'vitest';
import { TrunkReader } from './read-trunk.ts';

const SECRET = 'the secret of this installation!';
const ROW = {
  id: 'trk',
  kind: 'embedded',
  uri: 'sip:h:1',
  authUsername: null,
  authPasswordSealed: null,
  providerTrunkId: null,
} as TrunkEntity;

const read = (row: TrunkEntity | undefined) =>
  new TrunkReader({ byId: () => Promise.resolve(row) }, SECRET).read('trk');

describe('TrunkReader', () => {
  it('opens the password', async () => {
    const row = { ...ROW, authUsername: 'u', authPasswordSealed: sealSecret('p', SECRET) };
    expect(await read(row)).toEqual({
      ok: true,
      trunk: {
        id: 'trk',
        kind: 'embedded',
        uri: 'sip:h:1',
        credentials: { username: 'u', password: 'p' },
        providerTrunkId: undefined,
      },
    });
  });

  it('knows a trunk without credentials', async () => {
    expect(await read({ ...ROW, providerTrunkId: 'ST_1' })).toMatchObject({
      trunk: { credentials: undefined, providerTrunkId: 'ST_1' },
    });
  });

  it('says what is wrong', async () => {
    expect(await read(undefined)).toMatchObject({ ok: false, code: 'trunk_not_found' });
    const foreign = { ...ROW, authUsername: 'u', authPasswordSealed: sealSecret('p', 'another secret') };
    expect(await read(foreign)).toMatchObject({ ok: false, code: 'trunk_unusable' });
  });
});
