import type { Platform } from '../../support/platform.ts';
import { judge, median, ratioOfPairs, spreadOf, type Spread } from './figures.ts';
import { GeneratorWatch, generatorProblems } from './process-load.ts';
import { QUICK } from './raw-legs.ts';
import { RawPeer } from './raw-peer-link.ts';
import { ms, scaled, times, type BenchSettings, type Measurement } from './result.ts';
import { ENDPOINTING_MS, takeTurn, TalkingPhone } from './talking-phone.ts';

const TURNS = 20;
/** Left out: jitter buffers take some seconds to come down to what the network needs. */
const WARM_UP_TURNS = 6;
const OWN_LATE_LIMIT = 0.01;
const INSIDE = ['ttfa_ms', 'asr_ms', 'llm_ttft_ms', 'tts_ttfb_ms'] as const;
const RATIO_LIMIT = 1.25;

/** Row 5: a turn with voices that take no time, beside the same beep over two raw LiveKit legs, turn by turn. */
export async function measureTurns(platform: Platform, { scale, problems }: BenchSettings): Promise<Measurement> {
  const phone = await TalkingPhone.open(platform);
  const call = await phone.call();
  const legs = await RawPeer.open(platform.env, 1, QUICK);
  const turns: number[] = [];
  const raw: { thereMs: number; backMs: number }[] = [];
  let unanswered = 0;
  try {
    for (let n = 0; n < WARM_UP_TURNS; n += 1) {
      await takeTurn(call.audio);
      await legs.measure();
    }
    const watch = new GeneratorWatch();
    for (let n = 0; n < scaled(TURNS, scale, 3); n += 1) {
      const turn = await takeTurn(call.audio);
      const peer = await legs.measure();
      if (turn === undefined) unanswered += 1;
      else {
        turns.push(turn);
        raw.push(peer);
      }
    }
    const share = watch.share();
    await call.hangUp();
    const inside = await insideFigures(platform, call.callId);
    const late = call.audio.framesSentLate / call.audio.framesSent;
    const disturbed = late > OWN_LATE_LIMIT ? ["the generator's own frames were late"] : [];
    return report({ turns, raw, unanswered, inside }, [...problems, ...generatorProblems(share), ...disturbed]);
  } finally {
    await legs.close();
    await phone.close();
  }
}

type Inside = Record<(typeof INSIDE)[number], number>;

/** What the platform itself says of the same turns: medians of its `turn.metrics`. */
async function insideFigures(platform: Platform, callId: string): Promise<Inside> {
  const rows = await platform.sql<{ figures: Partial<Inside> }>(
    'SELECT figures FROM turn_metric WHERE call_id = $1 ORDER BY turn_id OFFSET $2',
    [callId, WARM_UP_TURNS],
  );
  const middle = (name: keyof Inside): number => median(rows.flatMap(({ figures }) => figures[name] ?? []));
  return Object.fromEntries(INSIDE.map((name) => [name, middle(name)])) as Inside;
}

interface Turns {
  readonly turns: number[];
  readonly raw: { thereMs: number; backMs: number }[];
  readonly unanswered: number;
  readonly inside: Inside;
}

function report({ turns, raw, unanswered, inside }: Turns, problems: readonly string[]): Measurement {
  const twoLegs = raw.map(({ thereMs, backMs }) => thereMs + backMs);
  const ratio = ratioOfPairs(turns, twoLegs);
  const ours = spreadOf(turns);
  const peer = spreadOf(twoLegs);
  const added = spreadOf(turns.map((turn, n) => turn - (twoLegs[n] ?? Number.NaN)));
  const figure = ({ p50, p95 }: Spread): string => `p50 ${ms(p50)}, p95 ${ms(p95)}`;
  const missing = unanswered === 0 ? '' : `, ${unanswered} unanswered`;
  return {
    problems,
    lines: [
      {
        row: 5,
        what: `caller stops -> agent heard, less ${ENDPOINTING_MS} ms endpointing, ${turns.length} turns`,
        figure: `${figure(ours)}${missing}`,
        peer: `2 raw legs ${figure(peer)}`,
        ratio: `${times(ratio.median)} (${ratio.least.toFixed(2)}-${ratio.most.toFixed(2)})`,
        target: `<= ${RATIO_LIMIT}x`,
        verdict: judge(unanswered === 0 && ratio.median <= RATIO_LIMIT, problems),
      },
      {
        row: 5,
        what: 'of which added to the two legs',
        figure: figure(added),
        peer: '',
        ratio: '',
        target: 'budget p50 <= 35 ms, p95 <= 60 ms',
        verdict: judge(added.p50 <= 35 && added.p95 <= 60, problems),
      },
      {
        row: 5,
        what: 'inside the platform, its own turn.metrics (medians)',
        figure: `to the words ${inside.asr_ms - ENDPOINTING_MS} ms, runner ${inside.llm_ttft_ms} ms, voice ${inside.tts_ttfb_ms} ms, all ${inside.ttfa_ms - ENDPOINTING_MS} ms`,
        peer: '',
        ratio: '',
        target: '',
        verdict: judge(undefined, problems),
      },
    ],
    details: { endpointingMs: ENDPOINTING_MS, unanswered, inside, turns, raw, ours, peer, added, ratio },
  };
}
