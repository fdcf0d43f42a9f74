import { AgentRunner, type CallContext } from '@callplane/sdk';
import { waitFor } from '@callplane/testing';
import type { Platform } from './platform.ts';

export interface RunnerLog {
  /** What the caller was understood to say, by call. */
  heard: Map<string, string[]>;
  /** End reason as the runner's session saw it, by call. */
  ended: Map<string, unknown>;
}

export type Behaviour = (ctx: CallContext) => void;

/** A runner of the test: greets, answers, and notes what it saw. `behave` sets the dialog of each call. */
export async function startRunner(
  platform: Platform,
  agentId: string,
  behave: Behaviour = echo,
  capacity = 20,
): Promise<{ runner: AgentRunner; log: RunnerLog; stop: () => Promise<void> }> {
  const log: RunnerLog = { heard: new Map(), ended: new Map() };
  const runner = new AgentRunner({
    baseUrl: platform.base,
    platformToken: platform.env['UNPOD_PLATFORM_TOKEN']!,
    orgHandle: platform.env['UNPOD_ORG_HANDLE']!,
    agentId,
    maxConcurrentCalls: capacity,
    onProblem: () => undefined,
    entrypoint: async (ctx) => {
      log.heard.set(ctx.callId, []);
      ctx.session.on('user_turn', (text) => void log.heard.get(ctx.callId)?.push(text));
      behave(ctx);
      await ctx.session.run();
      log.ended.set(ctx.callId, ctx.session.data['end_reason']);
    },
  });
  let registered = false;
  runner.on('registered', () => void (registered = true));
  const running = runner.run();
  await waitFor(`runner of ${agentId}`, () => registered);
  return {
    runner,
    log,
    stop: async () => {
      await runner.stop(1000);
      await running;
    },
  };
}

/** Says hello and repeats what it hears. */
export function echo(ctx: CallContext): void {
  ctx.session.say('Hello, this is the agent.');
  ctx.session.dialog = { turn: (text) => Promise.resolve(`You said ${text}`) };
}

/** Says one goodbye and ends the call as soon as the caller has spoken. */
export function hangUpAfterFirstTurn(ctx: CallContext): void {
  ctx.session.say('Hello, this is the agent.');
  ctx.session.dialog = {
    turn: (_text, turn) => {
      turn.session.end('completed');
      return Promise.resolve('Thank you, goodbye.');
    },
  };
}
