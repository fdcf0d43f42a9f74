import type { Platform } from '../../support/platform.ts';
import { judge, spreadOf } from './figures.ts';
import { addEvenness, GAP_MS, judgeArrivals, LATE_MS } from './judge-arrivals.ts';
import { cpuSeconds, familyOf, GeneratorWatch, generatorProblems } from './process-load.ts';
import { CHEAP } from './raw-legs.ts';
import { RawPeer } from './raw-peer-link.ts';
import { ms, pause, scaled, times, type BenchSettings, type Measurement } from './result.ts';
import { takeTurn, TalkingPhone, type LiveCall } from './talking-phone.ts';

const CALLS = 5;
const TALK_MS = 30_000;
const IDLE_MS = 5000;
const BARE_MS = 10_000;
const LATE_LIMIT = 0.01;
/** Measured in their own right; the others are shown. */
const PER_CALL = ['media-bridge', 'sip-originator'];

type Cpu = Record<string, number>;

/** Row 7: five conversations at once: how evenly the callers are sent audio, and what a call costs. */
export async function measureCrowd(platform: Platform, { scale, problems }: BenchSettings): Promise<Measurement> {
  const phone = await TalkingPhone.open(platform);
  try {
    const idle = await cpuOver(platform, scaled(IDLE_MS, scale, 1000));
    // One after the other: what is measured is talking, not setting up.
    const calls: LiveCall[] = [];
    for (let n = 0; n < CALLS; n += 1) calls.push(await phone.call());
    const talkMs = scaled(TALK_MS, scale, 4000);
    const watch = new GeneratorWatch();
    const from = performance.now();
    const talking = calls.map((call, n) => talkUntil(call, from + talkMs, n));
    const busy = await cpuOver(platform, talkMs);
    const to = performance.now();
    const share = watch.share();
    const turns = (await Promise.all(talking)).flat();
    const evenness = addEvenness(
      calls.map(({ audio }) => judgeArrivals(audio.arrivals.filter(({ at }) => at >= from && at <= to))),
    );
    const own = {
      frames: calls.reduce((sum, { audio }) => sum + audio.framesSent, 0),
      late: calls.reduce((sum, { audio }) => sum + audio.framesSentLate, 0),
    };
    await Promise.all(calls.map((call) => call.hangUp()));
    const disturbed = own.late / own.frames > LATE_LIMIT ? ["the generator's own frames were late"] : [];
    const bare = await bareCpuPerCall(platform, scaled(BARE_MS, scale, 3000));
    return report({ evenness, own, turns, idle, busy, bare }, [...problems, ...generatorProblems(share), ...disturbed]);
  } finally {
    await phone.close();
  }
}

/** Share of a core, by process name, its children and replicas included. */
async function cpuOver(platform: Platform, durationMs: number): Promise<Cpu> {
  const families = platform.processes().map(({ name, pid }) => ({ name, pids: familyOf(pid) }));
  const before = families.map(({ pids }) => cpuSeconds(pids));
  const began = performance.now();
  await pause(durationMs);
  const seconds = (performance.now() - began) / 1000;
  const shares: Cpu = {};
  families.forEach(({ name, pids }, n) => {
    const used = (cpuSeconds(pids) - (before[n] ?? 0)) / seconds;
    shares[name] = (shares[name] ?? 0) + used;
  });
  return shares;
}

/** The peer: as many rooms with both participants on bare rtc-node, silence both ways. @returns share of a core per room. */
async function bareCpuPerCall(platform: Platform, durationMs: number): Promise<number> {
  const peer = await RawPeer.open(platform.env, CALLS, CHEAP);
  const before = cpuSeconds([peer.pid]);
  const began = performance.now();
  await pause(durationMs);
  const used = (cpuSeconds([peer.pid]) - before) / ((performance.now() - began) / 1000);
  await peer.close();
  return used / CALLS;
}

/** Turn after turn; callers do not all speak at once. */
async function talkUntil({ audio }: LiveCall, until: number, n: number): Promise<(number | undefined)[]> {
  const turns: (number | undefined)[] = [];
  await pause(n * 350);
  while (performance.now() < until - 2000) turns.push(await takeTurn(audio));
  return turns;
}

interface Crowd {
  readonly evenness: ReturnType<typeof judgeArrivals>;
  readonly own: { frames: number; late: number };
  readonly turns: (number | undefined)[];
  readonly idle: Cpu;
  readonly busy: Cpu;
  readonly bare: number;
}

function report({ evenness, own, turns, idle, busy, bare }: Crowd, problems: readonly string[]): Measurement {
  const { frames, late, lost, gaps, worstLateMs } = evenness;
  const share = late / frames;
  const answered = turns.filter((turn) => turn !== undefined);
  const unanswered = turns.length - answered.length;
  const turn = spreadOf(answered);
  const added = Object.fromEntries(
    Object.entries(busy).map(([name, used]) => [name, Math.max(0, used - (idle[name] ?? 0)) / CALLS]),
  );
  const perCall = PER_CALL.reduce((sum, name) => sum + (added[name] ?? 0), 0);
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  const split = PER_CALL.map((name) => `${name} ${percent(added[name] ?? 0)}`).join(', ');
  const line = { row: 7, peer: '', ratio: '', target: '', verdict: judge(undefined, problems) };
  return {
    problems,
    lines: [
      {
        ...line,
        what: `${CALLS} conversations: frames > ${LATE_MS} ms late, gaps > ${GAP_MS} ms, lost`,
        figure: `${(share * 100).toFixed(2)} % of ${frames}, ${gaps} gaps, ${lost} lost, worst ${ms(worstLateMs)}`,
        target: '< 1 % late, no gap',
        verdict: judge(share < LATE_LIMIT && gaps === 0 && lost === 0, problems),
      },
      {
        ...line,
        what: 'CPU of a core per call, added to idle',
        figure: `${split} = ${(1 / perCall).toFixed(0)} calls a core`,
        peer: `bare rtc-node, both sides ${percent(bare)} = ${(1 / bare).toFixed(0)} calls a core`,
        ratio: times(bare / perCall),
        target: '>= 0.8x',
      },
      {
        ...line,
        what: `turns while five talk (${turns.length})`,
        figure: `p50 ${ms(turn.p50)}, p95 ${ms(turn.p95)}, ${unanswered} unanswered`,
        target: 'all answered',
        verdict: judge(unanswered === 0 && answered.length > 0, problems),
      },
    ],
    details: { evenness, lateShare: share, own, turn, unanswered, cpu: { idle, busy, addedPerCall: added, bare } },
  };
}
