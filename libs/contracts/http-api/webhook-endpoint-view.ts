import { z } from 'zod';
import { WEBHOOK_EVENTS } from './webhook-events.ts';

/** Body of `POST /v1/webhook-endpoints`. */
export const createWebhookEndpointSchema = z.object({
  url: z.string().min(1).max(2000).meta({ description: 'https only, and on a public address.' }),
  event_types: z
    .array(z.enum(WEBHOOK_EVENTS))
    .max(20)
    .nullish()
    .meta({ description: 'Left out or empty = every event.' }),
});
export type CreateWebhookEndpoint = z.infer<typeof createWebhookEndpointSchema>;

/** What an endpoint is rendered from. */
export interface WebhookEndpointRecord {
  id: string;
  url: string;
  eventTypes: string[];
  disabledAt: Date | null;
  disabledWhy: string | null;
  createdAt: Date;
}

/** A webhook endpoint; `secret` only in the answer that creates it. */
export const webhookEndpointSchema = z
  .object({
    endpoint_id: z.string(),
    url: z.string(),
    event_types: z.array(z.string()),
    status: z.enum(['enabled', 'disabled']),
    disabled_at: z.iso.datetime().nullable(),
    disabled_why: z.string().nullable(),
    created: z.iso.datetime(),
    secret: z.string().optional().meta({ description: 'Signs the deliveries (Standard Webhooks). Shown once.' }),
  })
  .meta({ id: 'WebhookEndpoint' });
export type WebhookEndpointView = z.infer<typeof webhookEndpointSchema>;

/** A webhook endpoint as REST shows it. */
export function renderWebhookEndpoint(endpoint: WebhookEndpointRecord, secret?: string): WebhookEndpointView {
  return {
    endpoint_id: endpoint.id,
    url: endpoint.url,
    event_types: endpoint.eventTypes,
    status: endpoint.disabledAt === null ? 'enabled' : 'disabled',
    disabled_at: endpoint.disabledAt?.toISOString() ?? null,
    disabled_why: endpoint.disabledWhy,
    created: endpoint.createdAt.toISOString(),
    ...(secret === undefined ? {} : { secret }),
  };
}
