import { CONTRACT_LADDERS } from '../../scenarios/contract-ladders.suite.ts';
import { startFarEnd } from '@callplane/testing';
import { describeSipGateway } from '../sip-gateway.suite.ts';
import { gatewayOn, openWorkbench, trunkTo } from './embedded-harness.suite.ts';

describeSipGateway('embedded, against sipp', async () => {
  const bench = await openWorkbench();
  const gateway = gatewayOn(bench);
  await gateway.start(() => Promise.resolve());
  let rooms = 0;
  return {
    gateway,
    farEnd: async (behaviour) => {
      const { uri, passed } = await startFarEnd(CONTRACT_LADDERS[behaviour]);
      return { trunk: trunkTo(uri), to: '+15550100001', passed };
    },
    room: () => `contract_${(rooms += 1)}`,
    participants: async (room) => (await bench.admin.listParticipants(room)).map(({ identity }) => identity),
    close: async () => {
      await gateway.close();
      await bench.close();
    },
  };
});
