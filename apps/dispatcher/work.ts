import type { DispatchStore, RunnerStore } from '@callplane/persistence';
import type { NatsBus } from '@callplane/messaging';
import type { CommandClient } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { AssignRunner } from './assign-runner/assign-runner.ts';
import { DialCall } from './dial-call/dial-call.ts';
import { Effects } from './effect-runner.ts';
import { EndCall } from './end-call/end-call.ts';
import { CallTimers } from './track-call/call-timers.ts';
import { FoldFact } from './track-call/fold-fact.ts';
import type { CallEnder, FactFolder, RunnerAssigner } from './ports.ts';
import type { RouteStore } from '@callplane/persistence';

/** The parts of the dispatcher, wired once: facts are folded, effects carried out, and their results folded again. */
export interface DispatcherWork {
  folder: FactFolder;
  timers: CallTimers;
  assigner: RunnerAssigner;
  ender: CallEnder;
}
export const DISPATCH_STORE = Symbol('dispatch-store');
export const WORK = Symbol('dispatcher-work');

export interface WorkNeeds {
  calls: DispatchStore;
  runners: RunnerStore;
  routes: RouteStore;
  bus: NatsBus;
  commands: CommandClient;
  log: Logger;
}

export function wireDispatcher(needs: WorkNeeds): DispatcherWork {
  const { calls, runners, routes, bus, commands, log } = needs;
  const timers = new CallTimers();
  const folder = new FoldFact(calls, timers, bus, log);
  const assigner = new AssignRunner(runners, calls, commands, log);
  const ender = new EndCall(calls, commands, log);
  const dialer = new DialCall({ routes, calls, commands, folder, ender, log });
  assigner.connectFolder(folder);
  folder.connectEffects(new Effects({ dialer, ender, assigner, folder }, bus, log));
  return { folder, timers, assigner, ender };
}
