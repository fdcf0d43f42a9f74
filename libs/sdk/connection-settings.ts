/** Where the platform is and who is asking; each falls back to its environment variable. */
export interface ConnectionOptions {
  /** `UNPOD_BASE_URL`: one origin for REST and both sockets. Without a scheme https is meant. */
  baseUrl?: string | undefined;
  /** `UNPOD_PLATFORM_TOKEN` */
  platformToken?: string | undefined;
  /** `UNPOD_ORG_HANDLE` */
  orgHandle?: string | undefined;
}

/** The HTTP origin without a slash at the end. @throws a sentence that says what to set. */
export function httpOrigin(options: ConnectionOptions, env: NodeJS.ProcessEnv = process.env): string {
  const given = options.baseUrl ?? env['UNPOD_BASE_URL'];
  if (!given) throw new Error('Set UNPOD_BASE_URL (or baseUrl), for example http://127.0.0.1:8080.');
  const url = /^\w+:\/\//.test(given) ? given.replace(/^ws/, 'http') : `https://${given}`;
  if (!URL.canParse(url)) throw new Error(`UNPOD_BASE_URL is not a URL: ${given}`);
  return new URL(url).origin;
}

/** The headers a runner authenticates with. @throws a sentence that says what to set. */
export function runnerHeaders(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): Record<'Authorization' | 'Org-Handle', string> {
  const token = options.platformToken ?? env['UNPOD_PLATFORM_TOKEN'];
  const org = options.orgHandle ?? env['UNPOD_ORG_HANDLE'];
  if (!token) throw new Error('Set UNPOD_PLATFORM_TOKEN (or platformToken): an API key cannot run a runner.');
  if (!org) throw new Error('Set UNPOD_ORG_HANDLE (or orgHandle): the org of the platform token.');
  return { Authorization: `Token ${token}`, 'Org-Handle': org };
}
