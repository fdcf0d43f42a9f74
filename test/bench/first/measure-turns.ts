import type { Platform } from '../../support/platform.ts';
import { judge, ratioOfPairs, spreadOf, type Spread } from './figures.ts';
import { GeneratorWatch, generatorProblems } from './process-load.ts';
import { RawLegs } from './raw-legs.ts';
import { ms, scaled, times, type BenchSettings, type Measurement } from './result.ts';
import { ENDPOINTING_MS, takeTurn, TalkingPhone } from './talking-phone.ts';

const TURNS = 20;
const WARM_UP_TURNS = 2;
const RATIO_LIMIT = 1.25;

/** Row 5: a turn with voices that take no time, beside the same beep over two raw LiveKit legs, turn by turn. */
export async function measureTurns(platform: Platform, { scale, problems }: BenchSettings): Promise<Measurement> {
  const phone = await TalkingPhone.open(platform);
  const call = await phone.call();
  const legs = await RawLegs.open(platform.env);
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
    return report(turns, raw, unanswered, [...problems, ...generatorProblems(share)]);
  } finally {
    await legs.close();
    await phone.close();
  }
}

function report(
  turns: number[],
  raw: { thereMs: number; backMs: number }[],
  unanswered: number,
  problems: readonly string[],
): Measurement {
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
    ],
    details: { endpointingMs: ENDPOINTING_MS, unanswered, turns, raw, ours, peer, added, ratio },
  };
}
