import {
  AccountStore,
  AgentStore,
  DialPlanStore,
  NumberStore,
  PipeStore,
  SessionStore,
  VoiceProfileStore,
  WebhookEndpointStore,
  type DataSource,
} from '@callplane/persistence';
import { DATA_SOURCE } from '@callplane/service-kit';
import type { Provider } from '@nestjs/common';

const STORES = [
  AccountStore,
  AgentStore,
  DialPlanStore,
  NumberStore,
  PipeStore,
  SessionStore,
  VoiceProfileStore,
  WebhookEndpointStore,
];

/** The tables that only this service writes, injectable by their classes. */
export const STORE_PROVIDERS: Provider[] = STORES.map((Store) => ({
  provide: Store,
  useFactory: (db: DataSource) => new Store(db),
  inject: [DATA_SOURCE],
}));
