import type { TestProject } from 'vitest/node';
import { readEnv, startStack, type Stack } from './stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The shared platform: its folder and its `.callplane/env`. */
    stack: { home: string; env: Record<string, string> };
  }
}

let stack: Stack | undefined;

/** One platform for every end-to-end and interop test; a test that kills things starts its own. */
export async function setup(project: TestProject): Promise<void> {
  // While working on a test: a platform that runs already (`CALLPLANE_E2E_HOME=.callplane`).
  const running = process.env['CALLPLANE_E2E_HOME'];
  if (running !== undefined) return project.provide('stack', { home: running, env: readEnv(`${running}/env`) });
  stack = await startStack({
    CALLPLANE_REPLICAS: 'dispatcher=2,sip-originator=2,media-bridge=2',
    SPEECH_INSTANT_PROVIDERS: '1',
  });
  project.provide('stack', { home: stack.home, env: stack.env });
}

export async function teardown(): Promise<void> {
  await stack?.stop();
}
