/**
 * The peer of turns and of calls per core, a process of its own: rooms on bare rtc-node with two participants each. Started by
 * the bench over IPC, with LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.
 */
import { RawLegs } from './first/raw-legs.ts';
import type { RawAnswer, RawOrder } from './first/raw-peer-link.ts';

let rooms: RawLegs[] = [];

async function carryOut(order: RawOrder): Promise<RawAnswer> {
  switch (order.do) {
    case 'open':
      for (let n = 0; n < order.rooms; n += 1) rooms.push(await RawLegs.open(process.env, order.format));
      return { done: 'open' };
    case 'measure':
      if (rooms[0] === undefined) throw new Error('no room is open');
      return { done: 'measure', ...(await rooms[0].measure()) };
    case 'close':
      await Promise.all(rooms.map((legs) => legs.close()));
      rooms = [];
      return { done: 'close' };
  }
}

process.on('message', (order: RawOrder) => {
  carryOut(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ done: 'failed', detail: String(error) } satisfies RawAnswer),
  );
});
process.once('disconnect', () => process.exit(0));
