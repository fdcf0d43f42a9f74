export {
  CallStore,
  type CallRow,
  type CallWrite,
  type ClaimedCall,
  type NewCall,
  type CreateOutcome,
} from './call.store.ts';
export { RunnerStore, type RunnerPick, type RunnerRegistration } from './runner.store.ts';
export { AuthStore, type Principal, hashToken } from './auth.store.ts';
export { TranscriptStore, type Segment } from './transcript.store.ts';
export { LegJournalStore } from './leg-journal.store.ts';
export { RouteStore, type CallRoute } from './route.store.ts';
export { TrunkStore } from './trunk.store.ts';
export { AccountStore } from './account.store.ts';
export { AgentStore, type AgentFields, type AgentVoice, type AgentWithVoices } from './agent.store.ts';
export { DialPlanStore, type DialPlan, type DialPlanQuestion } from './dial-plan.store.ts';
export { NumberStore, type NumberWithTrunk } from './number.store.ts';
export { PipeStore, type PipeFields, type PipeWithNumber } from './pipe.store.ts';
export { SessionStore } from './session.store.ts';
export { VoiceProfileStore } from './voice-profile.store.ts';
export { WebhookEndpointStore } from './webhook-endpoint.store.ts';
export { DeliveryStore, type AttemptResult, type DueDelivery, type UnpublishedEvent } from './delivery.store.ts';
