import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CallTimeline, CallView, hasEnded } from './follow-call.ts';
import type { Terminal } from './terminal.ts';

/** Where to ask and as whom; the values of the UNPOD_* variables. */
export interface Origin {
  baseUrl: string;
  token: string;
  org: string;
}

/** Which agent calls which number; printed by the migrate step. */
export const DemoFacts = z.object({ agentId: z.string(), toNumber: z.string() });
export type DemoFacts = z.infer<typeof DemoFacts>;

const CALLS = '/api/v2/platform/speech/v1/calls';
const POLL_MS = 150;
/** How long the example agent may take to register. */
const AGENT_KNOWN_MS = 20_000;
const LONGEST_DEMO_MS = 180_000;
/** Words may still be written for a moment after the end. */
const LAST_WORDS_MS = 1500;

/** Places the call and prints what happens until it has ended; a refusal is printed, never thrown. */
export async function runDemoCall(origin: Origin, facts: DemoFacts, terminal: Terminal): Promise<void> {
  terminal.heading(`Demo call: agent "${facts.agentId}" calls the test phone at ${facts.toNumber}`);
  try {
    const placed = await placeOnceKnown(origin, { agent_id: facts.agentId, to_number: facts.toNumber });
    await follow(origin, placed.call_id, terminal);
  } catch (error) {
    terminal.problem(`The demo call could not be followed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The agent introduces itself over REST like any other: its call is refused until it has. */
async function placeOnceKnown(origin: Origin, body: object): Promise<CallView> {
  const until = Date.now() + AGENT_KNOWN_MS;
  for (;;) {
    try {
      return await request(origin, CALLS, body);
    } catch (error) {
      const notYet = error instanceof Error && /agent_not_found|no_from_number/.test(error.message);
      if (!notYet || Date.now() > until) throw error;
      await delay(POLL_MS);
    }
  }
}

async function follow(origin: Origin, callId: string, terminal: Terminal): Promise<void> {
  const timeline = new CallTimeline();
  const started = Date.now();
  let quietSince = started;
  for (;;) {
    const call = await request(origin, `${CALLS}/${encodeURIComponent(callId)}`);
    for (const { who, text } of timeline.news(call)) {
      quietSince = Date.now();
      terminal.plain(`  ${clock(Date.now() - started)}  ${terminal.accent(who.padEnd(8))} ${text}`);
    }
    if (hasEnded(call) && Date.now() - quietSince > LAST_WORDS_MS) return;
    if (Date.now() - started > LONGEST_DEMO_MS) throw new Error(`call ${callId} is still ${call.status}`);
    await delay(POLL_MS);
  }
}

async function request(origin: Origin, path: string, body?: object): Promise<CallView> {
  const answer = await fetch(`${origin.baseUrl}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      authorization: `Token ${origin.token}`,
      'org-handle': origin.org,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 300)}`);
  const parsed = JSON.parse(text) as { data?: unknown };
  return CallView.parse('call_id' in parsed ? parsed : parsed.data);
}

function clock(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}
