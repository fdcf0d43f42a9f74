export { AgentRunner, type AgentRunnerOptions, type RunnerHooks } from './runner/agent-runner.ts';
export { RunnerAuthError } from './runner/control-link.ts';
export type { CallContext } from './session/call-context.ts';
export type { CallControl, Dialog, TransferOptions, TurnContext } from './session/dialog.ts';
export type { SessionHooks, TurnFigures } from './session/hooks.ts';
export { Session } from './session/session.ts';
export { CallplaneClient } from './client/callplane-client.ts';
export { CallplaneError, type ClientOptions } from './client/http.ts';
export type * from './client/models.ts';
