import { httpOrigin, type ConnectionOptions } from '../connection-settings.ts';

export interface ClientOptions extends ConnectionOptions {
  /** `UNPOD_API_KEY`; used when there is no platform token. */
  apiKey?: string | undefined;
  /** ms per request, default 30 000. */
  timeoutMs?: number;
}

/** A refused request: a stable `code` for machines, and a message that says what to do. */
export class CallplaneError extends Error {
  readonly status: number;
  readonly code: string;
  /** Which fields, when the body or query did not fit. */
  readonly errors: { field: string; problem: string }[];
  constructor(status: number, code: string, message: string, errors: { field: string; problem: string }[]) {
    super(message);
    this.name = 'CallplaneError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

export type Query = Record<string, string | number | undefined>;

/** JSON over HTTP: authenticates, unwraps `{"data": ...}`, turns refusals into CallplaneError. No retries. */
export class Http {
  private readonly origin: string;
  private readonly headers: Record<string, string>;
  private readonly timeoutMs: number;

  constructor(options: ClientOptions) {
    this.origin = httpOrigin(options);
    this.headers = credentials(options);
    this.timeoutMs = options.timeoutMs ?? 30_000;
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
    const text = given.toString();
    return this.send<T>('GET', text === '' ? path : `${path}?${text}`);
  }

  /** @throws CallplaneError when refused; a TypeError or TimeoutError when the server cannot be reached. */
  async send<T>(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.origin}/v1${path}`, {
      method,
      headers: {
        ...this.headers,
        ...headers,
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(this.timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) throw refusal(response.status, text);
    if (text === '') return undefined as T;
    const answer = JSON.parse(text) as { data?: T };
    return answer.data as T;
  }
}

function credentials(options: ClientOptions): Record<string, string> {
  const token = options.platformToken ?? process.env['UNPOD_PLATFORM_TOKEN'];
  const org = options.orgHandle ?? process.env['UNPOD_ORG_HANDLE'];
  const key = options.apiKey ?? process.env['UNPOD_API_KEY'];
  if (token) return { Authorization: `Token ${token}`, ...(org ? { 'Org-Handle': org } : {}) };
  if (key) return { Authorization: `Bearer ${key}` };
  throw new Error('Set UNPOD_PLATFORM_TOKEN and UNPOD_ORG_HANDLE, or UNPOD_API_KEY.');
}

function refusal(status: number, text: string): CallplaneError {
  try {
    const body = JSON.parse(text) as { code?: string; message?: string; errors?: CallplaneError['errors'] };
    return new CallplaneError(status, body.code ?? 'unknown', body.message ?? `HTTP ${status}`, body.errors ?? []);
  } catch {
    return new CallplaneError(status, 'unknown', `HTTP ${status}: ${text.slice(0, 200)}`, []);
  }
}
