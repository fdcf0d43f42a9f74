import { createRoomAdmin } from '@callplane/livekit';
import { createLogger } from '@callplane/telemetry';
import { describe, it } from 'vitest';
import { CONTRACT_LADDERS } from '../../scenarios/contract-ladders.suite.ts';
import { startFarEnd } from '@callplane/testing';
import { MemoryJournal } from '../embedded/embedded-harness.suite.ts';
import { describeSipGateway } from '../sip-gateway.suite.ts';
import { openLiveKitSip } from './open-livekit-sip.ts';

const { LIVEKIT_SIP_URL, LIVEKIT_SIP_API_KEY, LIVEKIT_SIP_API_SECRET, LIVEKIT_SIP_TRUNK_ID, LIVEKIT_SIP_FAR_END_PORT } =
  process.env;

if (LIVEKIT_SIP_URL === undefined) {
  describe('SipGateway contract: livekit-sip, against sipp', () => {
    it.skip('no LiveKit SIP service runs here: set LIVEKIT_SIP_URL, LIVEKIT_SIP_API_KEY, LIVEKIT_SIP_API_SECRET, LIVEKIT_SIP_TRUNK_ID and LIVEKIT_SIP_FAR_END_PORT (the port its outbound trunk dials on this host)', () =>
      undefined);
  });
} else {
  describeSipGateway('livekit-sip, against sipp', async () => {
    const [url, apiKey, apiSecret] = [LIVEKIT_SIP_URL, LIVEKIT_SIP_API_KEY ?? '', LIVEKIT_SIP_API_SECRET ?? ''];
    const admin = createRoomAdmin({ url, apiKey, apiSecret });
    const config = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
    const gateway = openLiveKitSip(config, 'test-node', new MemoryJournal(), createLogger('test', 'test', 'silent'));
    await gateway.start(() => Promise.resolve());
    let rooms = 0;
    return {
      gateway,
      farEnd: async (behaviour) => {
        const { uri, passed } = await startFarEnd(CONTRACT_LADDERS[behaviour], {
          port: Number(LIVEKIT_SIP_FAR_END_PORT),
        });
        const trunk = {
          id: 'trk',
          kind: 'livekit-sip',
          uri,
          credentials: undefined,
          providerTrunkId: LIVEKIT_SIP_TRUNK_ID,
        } as const;
        return { trunk, to: '+15550100001', passed };
      },
      room: () => `contract_${(rooms += 1)}`,
      participants: async (room) => (await admin.listParticipants(room)).map(({ identity }) => identity),
      close: () => gateway.close(),
    };
  });
}
