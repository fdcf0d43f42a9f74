import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '@callplane/persistence';
import type { Authenticator } from '../authenticate.ts';

export type RunnerAuth =
  | { ok: true; principal: Principal }
  /** `final`: credentials that will never work, the only case in which a runner is told to stop. Otherwise: ask again later. */
  | { ok: false; final: boolean; reason: string };

const HOW = 'send "Authorization: Token <platform token>" and "Org-Handle: <org>"';

/**
 * Who a control socket speaks for: `Authorization: Token <platform token>` with `Org-Handle`, as the Unpod SDK sends it, or
 * `Bearer <platform token>`. An API key or a JWT can use REST but cannot run a runner.
 */
export async function authenticateRunner(headers: IncomingHttpHeaders, auth: Authenticator): Promise<RunnerAuth> {
  const result = await auth.authenticate(headers);
  if (!result.ok) return { ok: false, final: result.status !== 503, reason: reasonOf(result.code, result.message) };
  const { principal } = result;
  if (principal.kind !== 'platform_token') return never(`an API key or JWT cannot run a runner: ${HOW}`);
  const usesToken = headers.authorization?.toLowerCase().startsWith('token ') === true;
  if (usesToken && !headers['org-handle']) return never(`the Org-Handle header is missing: ${HOW}`);
  return { ok: true, principal };
}

const never = (reason: string): RunnerAuth => ({ ok: false, final: true, reason });

/** A close frame has room for a short sentence only. */
function reasonOf(code: string, message: string): string {
  if (code === 'not_authenticated') return HOW;
  return code === 'invalid_key' ? 'the token is unknown, revoked or expired' : message;
}
