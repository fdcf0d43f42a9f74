import { Http, type ClientOptions } from './http.ts';
import type {
  Account,
  AgentVoice,
  Call,
  CallDetail,
  CallStatus,
  CreateAgentVoice,
  CreateCall,
  CreatePipe,
  PhoneNumber,
  Pipe,
  UpdateAccount,
  VoiceProfile,
  WebhookEndpoint,
} from './models.ts';

const at = encodeURIComponent;

/**
 * The REST API, typed. Reads `UNPOD_BASE_URL`, `UNPOD_PLATFORM_TOKEN`, `UNPOD_ORG_HANDLE` (or `UNPOD_API_KEY`) unless told otherwise.
 * Every method throws CallplaneError when the server refuses.
 *
 * ```ts
 * const client = new CallplaneClient();
 * const call = await client.calls.create({ agent_id: 'demo-agent', to_number: '+15550100001' });
 * ```
 */
export class CallplaneClient {
  private readonly http: Http;

  constructor(options: ClientOptions = {}) {
    this.http = new Http(options);
  }

  readonly calls = {
    /** Queues an outbound call. The same `idempotencyKey` with the same body gives the same call again. */
    create: (call: CreateCall, options: { idempotencyKey?: string } = {}): Promise<Call> =>
      this.http.send(
        'POST',
        '/calls',
        call,
        options.idempotencyKey === undefined ? {} : { 'Idempotency-Key': options.idempotencyKey },
      ),
    /** With its transcript and latencies. */
    get: (callId: string): Promise<CallDetail> => this.http.get(`/calls/${at(callId)}`),
    /** Newest first; `before` is the last id of the page before. */
    list: (query: { status?: CallStatus; pipe_id?: string; limit?: number; before?: string } = {}): Promise<Call[]> =>
      this.http.get('/calls', { ...query }),
    /** Ends a call in any state; the status follows within moments. */
    hangup: (callId: string): Promise<Call> => this.http.send('POST', `/calls/${at(callId)}/hangup`),
  };

  readonly voiceProfiles = {
    list: (query: { language?: string } = {}): Promise<VoiceProfile[]> =>
      this.http.get('/voice-profiles', { ...query }),
  };

  readonly agents = {
    voice: {
      /** Makes the agent and the pipe that gives it its voice. One that exists is brought to what is given. */
      create: (agent: CreateAgentVoice): Promise<AgentVoice> =>
        this.http.send('POST', '/agents', { brain: { type: 'runner' }, ...agent }),
    },
  };

  readonly pipes = {
    create: (pipe: CreatePipe): Promise<Pipe> => this.http.send('POST', '/pipes', pipe),
    get: (pipeId: string): Promise<Pipe> => this.http.get(`/pipes/${at(pipeId)}`),
    list: (): Promise<Pipe[]> => this.http.get('/pipes'),
    /** Only what is given changes. */
    update: (pipeId: string, pipe: Partial<CreatePipe>): Promise<Pipe> =>
      this.http.send('PATCH', `/pipes/${at(pipeId)}`, pipe),
    delete: (pipeId: string): Promise<void> => this.http.send('DELETE', `/pipes/${at(pipeId)}`),
  };

  readonly numbers = {
    list: (query: { status?: string; country?: string } = {}): Promise<PhoneNumber[]> =>
      this.http.get('/numbers', { ...query }),
    sync: (): Promise<{ synced: number; new: number }> => this.http.send('POST', '/numbers/sync'),
    /** `number`: its id, or the number itself in E.164. */
    attach: (number: string, to: { agent_id?: string; pipe_id?: string }): Promise<PhoneNumber> =>
      this.http.send('POST', `/numbers/${at(number)}/attach`, to),
    detach: (number: string): Promise<PhoneNumber> => this.http.send('DELETE', `/numbers/${at(number)}/attach`),
  };

  readonly webhookEndpoints = {
    /** Keep the `secret` of the answer: it is shown once. No `event_types` = every event. */
    create: (endpoint: { url: string; event_types?: string[] }): Promise<WebhookEndpoint> =>
      this.http.send('POST', '/webhook-endpoints', endpoint),
    list: (): Promise<WebhookEndpoint[]> => this.http.get('/webhook-endpoints'),
    delete: (endpointId: string): Promise<void> => this.http.send('DELETE', `/webhook-endpoints/${at(endpointId)}`),
  };

  readonly account = {
    get: (): Promise<Account> => this.http.get('/account'),
    update: (account: UpdateAccount): Promise<Account> => this.http.send('PATCH', '/account', account),
  };
}
