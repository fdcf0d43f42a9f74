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
