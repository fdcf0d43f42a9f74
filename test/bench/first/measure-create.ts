import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { waitFor } from '@callplane/testing';
import type { Platform } from '../../support/platform.ts';
import { judge, median, ratioOfPairs, type Ratio } from './figures.ts';
import { HttpLoad, type HttpTarget, type LoadResult } from './http-load.ts';
import { generatorProblems } from './process-load.ts';
import { ms, scaled, times, type BenchSettings, type Measurement } from './result.ts';

const BARE_SERVER = 'dist/test/bench/bare-server.js';
const ACCOUNT = 'acc_bench';
const ORG = 'bench';
const NUMBER = '+15550107001';
const AGENT = 'bench-create';
const PAIRS = 5;
const WARM_UP_MS = 2000;
const SATURATE_MS = 4000;
const STEADY_MS = 2500;
/** Both sides get the same constant rate: so much of what the slower one can do. */
const STEADY_SHARE = 0.5;

interface Pair {
  readonly ours: LoadResult;
  readonly bare: LoadResult;
}

/** Row 1: POST /calls beside bare Fastify with one INSERT: same Postgres, same pool size, each a process of its own. */
export async function measureCreate(platform: Platform, { scale, problems }: BenchSettings): Promise<Measurement> {
  const token = await createIdleAccount(platform);
  const bare = await startBareServer(platform.env['DATABASE_URL']!);
  const body = JSON.stringify({ agent_id: AGENT, to_number: '+15550107002', from_number: NUMBER, data: { lead: 'x' } });
  const headers = { 'content-type': 'application/json', authorization: `Token ${token}`, 'org-handle': ORG };
  const path = '/api/v2/platform/speech/v1/calls';
  const ours = new HttpLoad({ origin: platform.base, path, headers, body } satisfies HttpTarget);
  const peer = new HttpLoad({ origin: bare.origin, path: '/calls', headers, body } satisfies HttpTarget);
  try {
    const times = { warm: scaled(WARM_UP_MS, scale, 500), full: scaled(SATURATE_MS, scale, 400) };
    await peer.saturate(times.warm);
    const { perSecond } = await ours.saturate(times.warm);
    await untilPublished(platform);
    const closed: Pair[] = [];
    const open: Pair[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1)
      closed.push(await inTurn(platform, ours, peer, (load) => load.saturate(times.full)));
    const rate = Math.min(perSecond, ...closed.map((pair) => pair.ours.perSecond)) * STEADY_SHARE;
    for (let pair = 0; pair < PAIRS; pair += 1)
      open.push(await inTurn(platform, ours, peer, (load) => load.steady(rate, scaled(STEADY_MS, scale, 400))));
    return report(closed, open, rate, problems);
  } finally {
    await Promise.all([ours.close(), peer.close()]);
    bare.child.kill('SIGTERM');
    await removeCalls(platform);
  }
}

/** An account that may dial nothing: what is measured is the request alone. */
async function createIdleAccount(platform: Platform): Promise<string> {
  const token = `bench_${randomBytes(24).toString('hex')}`;
  const hash = createHash('sha256').update(token).digest();
  const statements: [string, unknown[]][] = [
    [`INSERT INTO account (id, org_handle, name, concurrency_cap) VALUES ($1, $2, 'Bench', 0)`, [ACCOUNT, ORG]],
    [
      `INSERT INTO api_key (id, account_id, name, kind, prefix, sha256) VALUES ('key_bench', $1, 'Bench', 'platform_token', $2, $3)`,
      [ACCOUNT, token.slice(0, 8), hash],
    ],
    [
      `INSERT INTO trunk (id, account_id, name, kind, uri) VALUES ('trk_bench', $1, 'Bench', 'embedded', 'sip:127.0.0.1:9')`,
      [ACCOUNT],
    ],
    [
      `INSERT INTO number (id, account_id, number, trunk_id) VALUES ('num_bench', $1, $2, 'trk_bench')`,
      [ACCOUNT, NUMBER],
    ],
    [`INSERT INTO agent (account_id, agent_id, name) VALUES ($1, $2, $2)`, [ACCOUNT, AGENT]],
  ];
  for (const [sql, values] of statements) await platform.sql(sql, values);
  return token;
}

async function startBareServer(databaseUrl: string): Promise<{ origin: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--enable-source-maps', resolve(BARE_SERVER)], {
    env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: databaseUrl },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { origin: `http://127.0.0.1:${port.toString().trim()}`, child };
}
/** One pair, back to back. What ours left to do in the background is done before the peer has its turn. */
async function inTurn(
  platform: Platform,
  ours: HttpLoad,
  peer: HttpLoad,
  run: (load: HttpLoad) => Promise<LoadResult>,
): Promise<Pair> {
  const first = await run(ours);
  await untilPublished(platform);
  return { ours: first, bare: await run(peer) };
}

async function untilPublished(platform: Platform): Promise<void> {
  const sql = 'SELECT 1 FROM call_event WHERE published_at IS NULL LIMIT 1';
  await waitFor('the outbox to be empty', async () => (await platform.sql(sql)).length === 0, 60_000);
}

async function removeCalls(platform: Platform): Promise<void> {
  for (const table of ['idempotency_key', 'delivery', 'call_event'])
    await platform.sql(`DELETE FROM ${table} WHERE account_id = $1`, [ACCOUNT]);
  await platform.sql('DELETE FROM call_transition t USING call c WHERE c.id = t.call_id AND c.account_id = $1', [
    ACCOUNT,
  ]);
  await platform.sql('DELETE FROM call WHERE account_id = $1', [ACCOUNT]);
  await platform.sql('DROP TABLE IF EXISTS bench_call');
  for (const table of ['call', 'call_event', 'call_transition']) await platform.sql(`VACUUM ANALYZE ${table}`);
}

function report(closed: Pair[], open: Pair[], rate: number, before: readonly string[]): Measurement {
  const all = [...closed, ...open];
  const busiest = Math.max(...all.flatMap(({ ours, bare }) => [ours.generatorShare, bare.generatorShare]));
  const problems = [...before, ...generatorProblems(busiest)];
  const compare = (pairs: Pair[], of: (result: LoadResult) => number): Ratio =>
    ratioOfPairs(
      pairs.map(({ ours }) => of(ours)),
      pairs.map(({ bare }) => of(bare)),
    );
  const middle = (pairs: Pair[], who: keyof Pair, of: (result: LoadResult) => number): number =>
    median(pairs.map((pair) => of(pair[who])));
  const throughput = compare(closed, (one) => one.perSecond);
  const tail = compare(open, (one) => one.p99);
  const closedTail = compare(closed, (one) => one.p99);
  const range = (ratio: Ratio): string => `${times(ratio.median)} (${ratio.least.toFixed(2)}-${ratio.most.toFixed(2)})`;
  const perSecond = (who: keyof Pair): string => `${Math.round(middle(closed, who, (one) => one.perSecond))}/s`;
  const p99 = (pairs: Pair[], who: keyof Pair): string => ms(middle(pairs, who, (one) => one.p99));
  const line = { row: 1, peer: '', target: '' };
  return {
    problems,
    lines: [
      {
        ...line,
        what: 'POST /calls, closed loop, 32 connections',
        figure: perSecond('ours'),
        peer: `bare Fastify + INSERT ${perSecond('bare')}`,
        ratio: range(throughput),
        target: '>= 0.70x',
        verdict: judge(throughput.median >= 0.7, problems),
      },
      {
        ...line,
        what: `POST /calls p99, open loop at ${Math.round(rate)}/s`,
        figure: p99(open, 'ours'),
        peer: `bare Fastify + INSERT ${p99(open, 'bare')}`,
        ratio: range(tail),
        target: '<= 2x',
        verdict: judge(tail.median <= 2, problems),
      },
      {
        ...line,
        what: 'POST /calls p99, closed loop',
        figure: p99(closed, 'ours'),
        peer: `bare Fastify + INSERT ${p99(closed, 'bare')}`,
        ratio: range(closedTail),
        verdict: judge(undefined, problems),
      },
    ],
    details: { closed, open, rate, throughput, tail, closedTail },
  };
}
