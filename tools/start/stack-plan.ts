import type { RunningServer } from '@callplane/testing';
import type { ProcessSpec } from './supervised-process.ts';

/** One process of ours: a program in dist and the environment it gets. */
export interface ServicePlan {
  name: string;
  /** Absolute path of the JavaScript file. */
  program: string;
  args?: string[];
  env: Record<string, string>;
  /** Answers /healthz and /readyz there. Without one, running is all that is asked of it. */
  port?: number;
  /** The stack goes on without it after so long (ms); without this a process that does not get ready is an error. */
  optionalAfterMs?: number;
}

/** A server of others', as the supervisor runs it; `launch` is one of the start functions of libs/testing. */
export interface ServerSpec extends ProcessSpec {
  launch: (onSpawn: (pid: number) => void) => Promise<RunningServer>;
}

/** A program that runs once and must succeed before the services start. */
export interface StepPlan {
  name: string;
  program: string;
  env: Record<string, string>;
}

/** All that runs, in the order it starts. It stops the other way round: services, peers, servers from the last. */
export interface StackPlan {
  servers: ServerSpec[];
  steps: StepPlan[];
  services: ServicePlan[];
  /** The other ends of a call (test phone, example agent): started last, and there until the services are gone. */
  peers: ServicePlan[];
}
