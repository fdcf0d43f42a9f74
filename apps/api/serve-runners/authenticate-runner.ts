import type { IncomingHttpHeaders } from 'node:http';
import type { AuthStore, Principal } from '@callplane/persistence';

export type RunnerAuth =
  | { ok: true; principal: Principal }
  /** Credentials that will never work: the only case in which a runner may be told to stop. */
  | { ok: false; reason: string };

/**
 * Who a control socket speaks for: `Authorization: Token <platform token>` with `Org-Handle`, as the Unpod SDK sends it, or
 * `Bearer <platform token>`. An API key can use REST but cannot run a runner.
 * @throws when the database does not answer, which is never the runner's fault.
 */
export async function authenticateRunner(headers: IncomingHttpHeaders, auth: AuthStore): Promise<RunnerAuth> {
  const [, scheme = '', token = ''] = /^(\S+)\s+(\S+)$/.exec(headers.authorization?.trim() ?? '') ?? [];
  const kind = scheme.toLowerCase();
  if (token === '' || (kind !== 'token' && kind !== 'bearer'))
    return { ok: false, reason: 'send "Authorization: Token <platform token>" and "Org-Handle: <org>"' };
  const orgHandle = [headers['org-handle']].flat()[0]?.trim();
  if (kind === 'token' && !orgHandle)
    return { ok: false, reason: 'the Org-Handle header is missing: set UNPOD_ORG_HANDLE' };
  const principal = await auth.byToken(token);
  if (principal === undefined) return { ok: false, reason: 'the token is unknown, revoked or expired' };
  if (principal.kind !== 'platform_token')
    return { ok: false, reason: 'an API key cannot run a runner: use a platform token' };
  if (orgHandle && principal.orgHandle !== orgHandle)
    return { ok: false, reason: 'the token does not belong to this Org-Handle' };
  return { ok: true, principal };
}
