import {
  answer,
  answerAndKeep,
  expectBye,
  expectCancel,
  hangUp,
  invited,
  pause,
  refuse,
  ring,
  type Step,
} from '../../scenarios/far-end-steps.suite.ts';
import { startFarEnd } from '../../scenarios/run-sipp.suite.ts';
import { describeSipGateway, type Behaviour } from '../sip-gateway.suite.ts';
import { gatewayOn, openWorkbench, trunkTo } from './embedded-harness.suite.ts';

const LADDERS: Record<Behaviour, Step[]> = {
  answers: [invited, ring, pause(50), answer, expectBye],
  'answers-then-hangs-up': [invited, ring, answerAndKeep, pause(200), hangUp()],
  busy: [invited, ring, pause(100), refuse('486 Busy Here')],
  declines: [invited, refuse('603 Decline')],
  rings: [invited, ring, expectCancel],
};

describeSipGateway('embedded, against sipp', async () => {
  const bench = await openWorkbench();
  const gateway = gatewayOn(bench);
  await gateway.start(() => Promise.resolve());
  let rooms = 0;
  return {
    gateway,
    farEnd: async (behaviour) => {
      const { uri, passed } = await startFarEnd(LADDERS[behaviour]);
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
