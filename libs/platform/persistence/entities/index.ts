import { AccountEntity, ApiKeyEntity } from './account.entities.ts';
import {
  CallEntity,
  CallTransitionEntity,
  IdempotencyKeyEntity,
  LegJournalEntity,
  TranscriptSegmentEntity,
  TurnMetricEntity,
} from './call.entities.ts';
import {
  AgentEntity,
  NumberEntity,
  PipeEntity,
  RunnerEntity,
  TrunkEntity,
  VoiceProfileEntity,
} from './routing.entities.ts';
import { CallEventEntity, DeliveryAttemptEntity, DeliveryEntity, WebhookEndpointEntity } from './webhook.entities.ts';

export {
  AccountEntity,
  AgentEntity,
  ApiKeyEntity,
  CallEntity,
  CallEventEntity,
  CallTransitionEntity,
  DeliveryAttemptEntity,
  DeliveryEntity,
  IdempotencyKeyEntity,
  LegJournalEntity,
  NumberEntity,
  PipeEntity,
  RunnerEntity,
  TranscriptSegmentEntity,
  TrunkEntity,
  TurnMetricEntity,
  VoiceProfileEntity,
  WebhookEndpointEntity,
};

/** Every table of the platform. */
export const ENTITIES = [
  AccountEntity,
  AgentEntity,
  ApiKeyEntity,
  CallEntity,
  CallEventEntity,
  CallTransitionEntity,
  DeliveryAttemptEntity,
  DeliveryEntity,
  IdempotencyKeyEntity,
  LegJournalEntity,
  NumberEntity,
  PipeEntity,
  RunnerEntity,
  TranscriptSegmentEntity,
  TrunkEntity,
  TurnMetricEntity,
  VoiceProfileEntity,
  WebhookEndpointEntity,
];
