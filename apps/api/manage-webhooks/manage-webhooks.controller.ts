import { randomBytes } from 'node:crypto';
import { renderWebhookEndpoint } from '@callplane/contracts';
import { sealSecret, WebhookEndpointStore } from '@callplane/persistence';
import { CONFIG } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { Answer, Refusal } from '../answer.ts';
import type { ApiConfig } from '../api.config.ts';
import { ServeRoute, type RouteInput } from '../serve-route.ts';
import { checkWebhookUrl } from './check-webhook-url.ts';

const MOST_ENDPOINTS = 20;
const SECRET_BYTES = 32;

/** Where an account wants its events delivered. */
@Controller()
export class ManageWebhooksController {
  private readonly endpoints: WebhookEndpointStore;
  private readonly config: ApiConfig;

  constructor(@Inject(WebhookEndpointStore) endpoints: WebhookEndpointStore, @Inject(CONFIG) config: ApiConfig) {
    this.endpoints = endpoints;
    this.config = config;
  }

  @ServeRoute('create-webhook-endpoint')
  async create({ principal, body }: RouteInput<'create-webhook-endpoint'>): Promise<Answer | Refusal> {
    const problem = checkWebhookUrl(body.url, this.config.CALLPLANE_DEV_LOOPBACK_WEBHOOKS);
    if (problem !== null) return new Refusal(422, 'url_not_allowed', problem, [{ field: 'url', problem }]);
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    const fields = {
      url: body.url,
      secretSealed: sealSecret(secret, this.config.CALLPLANE_SECRET),
      eventTypes: [...new Set(body.event_types ?? [])],
    };
    const endpoint = await this.endpoints.register(principal.accountId, fields, MOST_ENDPOINTS);
    if (endpoint !== undefined) return new Answer(renderWebhookEndpoint(endpoint, secret));
    return new Refusal(
      409,
      'too_many_endpoints',
      `The account has ${MOST_ENDPOINTS} webhook endpoints already: delete one first.`,
    );
  }

  @ServeRoute('list-webhook-endpoints')
  async list({ principal }: RouteInput<'list-webhook-endpoints'>): Promise<Answer> {
    const endpoints = await this.endpoints.list(principal.accountId);
    return new Answer(endpoints.map((endpoint) => renderWebhookEndpoint(endpoint)));
  }

  @ServeRoute('delete-webhook-endpoint')
  async remove({ principal, params }: RouteInput<'delete-webhook-endpoint'>): Promise<Answer | Refusal> {
    if (await this.endpoints.remove(principal.accountId, params.endpoint_id)) return new Answer(undefined);
    return new Refusal(404, 'endpoint_not_found', `The account has no webhook endpoint "${params.endpoint_id}".`);
  }
}
