import { connect } from '@nats-io/transport-node';
import { commandSubject } from '@callplane/contracts';
import { waitFor } from '@callplane/testing';
import type { Platform } from '../../support/platform.ts';
import { startRunner } from '../../support/runner.ts';
import { judge, spreadOf, type Spread } from './figures.ts';
import { GeneratorWatch, generatorProblems } from './process-load.ts';
import { ms, pause, scaled, type BenchSettings, type Measurement } from './result.ts';
import { SipFarEnd } from './sip-far-end.ts';

const AGENT = 'bench-dial';
const CALLS = 100;
/** A call set-up costs about 0.6 s of a core here, most of it the two WebRTC joins: a rate that two cores hold. */
const PER_SECOND = 1.5;
/** Left out: a first call opens connections and compiles code. */
const WARM_UP_CALLS = 3;
const TAIL_LIMIT_MS = 25;

/** Moments of one call, monotonic ms. */
interface Moments {
  readonly sentAt: number;
  readonly createdAt: number;
  assignedAt?: number;
  runnerAt?: number;
  invitedAt?: number;
}

/** Row 3: from POST /calls to the order to a runner, to the runner at its bridge, and to the INVITE at the far end. */
export async function measureDial(platform: Platform, { scale, problems }: BenchSettings): Promise<Measurement> {
  const assigned = new Map<string, number>();
  const started = new Map<string, number>();
  const invited = new Map<string, number>();
  const far = await SipFarEnd.open((invite, self) => {
    invited.set(invite.user, invite.at);
    self.respond(invite, '486 Busy Here');
  });
  const from = await platform.numberTo(far.uri);
  const { runner, stop } = await startRunner(platform, AGENT);
  runner.on('call_start', (ctx) => void started.set(ctx.callId, performance.now()));
  const nats = await connect({ servers: platform.env['NATS_URL']! });
  nats.subscribe(commandSubject('assign-runner', '*'), {
    callback: (_error, message) => {
      const at = performance.now();
      const callId = /"callId":"([^"]+)"/.exec(message.string())?.[1];
      if (callId !== undefined && !assigned.has(callId)) assigned.set(callId, at);
    },
  });
  await nats.flush();
  try {
    const calls = scaled(CALLS, scale, 5);
    const watch = new GeneratorWatch();
    const began = performance.now() + 500;
    const placed: Promise<Moments>[] = [];
    for (let n = 0; n < calls + WARM_UP_CALLS; n += 1) {
      await pause(Math.max(0, began + (n * 1000) / PER_SECOND - performance.now()));
      placed.push(place(platform, from, `+1555010${String(n).padStart(4, '0')}`, { assigned, started, invited }));
    }
    const moments = await Promise.all(placed);
    const share = watch.share();
    await untilRefused(platform, moments.length);
    return report(moments.slice(WARM_UP_CALLS), [...problems, ...generatorProblems(share)]);
  } finally {
    await nats.close();
    await stop();
    far.close();
  }
}

async function place(
  platform: Platform,
  from: string,
  to: string,
  seen: Record<'assigned' | 'started' | 'invited', Map<string, number>>,
): Promise<Moments> {
  const sentAt = performance.now();
  const callId = await platform.createCall({ agent_id: AGENT, to_number: to, from_number: from });
  const createdAt = performance.now();
  await waitFor(`the INVITE of ${callId}`, () => seen.invited.has(to), 20_000);
  const at = (name: string, moment: number | undefined) => (moment === undefined ? {} : { [name]: moment });
  return {
    sentAt,
    createdAt,
    ...at('assignedAt', seen.assigned.get(callId)),
    ...at('runnerAt', seen.started.get(callId)),
    ...at('invitedAt', seen.invited.get(to)),
  };
}

/** Every call has ended, and as what it was: nothing was measured on calls that went wrong. */
async function untilRefused(platform: Platform, calls: number): Promise<void> {
  const sql = `SELECT end_reason, count(*)::int AS calls FROM call WHERE agent_id = $1 AND ended_at IS NOT NULL GROUP BY 1`;
  const ended = await waitFor(
    'every call to end',
    async () => {
      const rows = await platform.sql<{ end_reason: string; calls: number }>(sql, [AGENT]);
      return rows.reduce((sum, row) => sum + row.calls, 0) >= calls && rows;
    },
    30_000,
  );
  const wrong = ended.filter((row) => row.end_reason !== 'USER_BUSY').map((row) => `${row.calls} x ${row.end_reason}`);
  if (wrong.length > 0) throw new Error(`calls refused with 486 ended as ${wrong.join(', ')}`);
}

function report(moments: Moments[], problems: readonly string[]): Measurement {
  const spans = (from: 'sentAt' | 'createdAt', to: 'assignedAt' | 'runnerAt' | 'invitedAt'): Spread =>
    spreadOf(moments.flatMap((call) => (call[to] === undefined ? [] : [call[to] - call[from]])));
  const answer = spreadOf(moments.map(({ sentAt, createdAt }) => createdAt - sentAt));
  const order = spans('createdAt', 'assignedAt');
  const orderFromSent = spans('sentAt', 'assignedAt');
  const runner = spans('sentAt', 'runnerAt');
  const invite = spans('sentAt', 'invitedAt');
  const figure = ({ p50, p95 }: Spread): string => `p50 ${ms(p50)}, p95 ${ms(p95)}`;
  const line = { row: 3, peer: '', ratio: '', target: '', verdict: judge(undefined, problems) };
  return {
    problems,
    lines: [
      {
        ...line,
        what: '201 at the client -> assign-runner issued',
        figure: figure(order),
        target: `p95 <= ${TAIL_LIMIT_MS} ms`,
        verdict: judge(order.count === moments.length && order.p95 <= TAIL_LIMIT_MS, problems),
      },
      { ...line, what: 'create sent -> assign-runner issued', figure: figure(orderFromSent) },
      { ...line, what: 'create sent -> runner connected to its bridge', figure: figure(runner) },
      { ...line, what: 'create sent -> INVITE at the far end', figure: figure(invite) },
    ],
    details: { calls: moments.length, perSecond: PER_SECOND, answer, order, orderFromSent, runner, invite },
  };
}
