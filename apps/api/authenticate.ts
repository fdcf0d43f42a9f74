import type { IncomingHttpHeaders } from 'node:http';
import { isDatabaseDown, type AuthStore, type Principal } from '@callplane/persistence';
import { AUTH_STORE, CONFIG } from '@callplane/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { ApiConfig } from './api.config.ts';
import { RecentLookups } from './recent-lookups.ts';

/** `status` 401 and 403 are final for these credentials; 503 means ask again later (the database is away). */
export type Authentication =
  { ok: true; principal: Principal } | { ok: false; status: 401 | 403 | 503; code: string; message: string };

type Refused = Extract<Authentication, { ok: false }>;

/** A revoked key works for at most this long. */
const CACHE_MS = 5000;
const CACHE_ENTRIES = 10_000;
const HOW =
  'Send `Authorization: Token <platform token>`, `Authorization: Bearer <API key>` or `Authorization: JWT <jwt>`.';
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const refuse = (status: Refused['status'], code: string, message: string): Refused => ({
  ok: false,
  status,
  code,
  message,
});

/** Turns the headers of a request or of a socket upgrade into the account it speaks for. */
@Injectable()
export class Authenticator {
  private readonly store: AuthStore;
  private readonly byToken = new RecentLookups<Principal>(CACHE_MS, CACHE_ENTRIES);
  private readonly byOrg = new RecentLookups<Principal>(CACHE_MS, CACHE_ENTRIES);
  private readonly jwtKey: JWTVerifyGetKey | Uint8Array | null;

  constructor(@Inject(AUTH_STORE) store: AuthStore, @Inject(CONFIG) config: ApiConfig) {
    this.store = store;
    if (config.CALLPLANE_JWT_JWKS_URL !== undefined)
      this.jwtKey = createRemoteJWKSet(new URL(config.CALLPLANE_JWT_JWKS_URL));
    else
      this.jwtKey =
        config.CALLPLANE_JWT_SECRET === undefined ? null : new TextEncoder().encode(config.CALLPLANE_JWT_SECRET);
  }

  async authenticate(headers: IncomingHttpHeaders): Promise<Authentication> {
    const given = headers.authorization;
    if (given === undefined || given === '') return refuse(401, 'not_authenticated', `No credentials. ${HOW}`);
    const [, scheme = '', credential = ''] = /^(\S+)\s+(\S+)$/.exec(given) ?? [];
    try {
      const result = await this.check(scheme.toLowerCase(), credential);
      return result.ok ? sameOrg(result.principal, headers['org-handle']) : result;
    } catch (error) {
      if (!isDatabaseDown(error)) throw error;
      return refuse(
        503,
        'database_unavailable',
        'The database does not answer, so keys cannot be checked. Try again in a few seconds.',
      );
    }
  }

  private check(scheme: string, credential: string): Promise<Authentication> | Refused {
    switch (scheme) {
      case 'token':
      case 'bearer':
        return this.checkKey(credential);
      case 'jwt':
        return this.checkJwt(credential);
      default:
        return refuse(401, 'not_authenticated', `The Authorization header is not understood. ${HOW}`);
    }
  }

  private async checkKey(token: string): Promise<Authentication> {
    const principal = await this.byToken.find(token, () => this.store.byToken(token));
    if (principal !== undefined) return { ok: true, principal };
    return refuse(401, 'invalid_key', `This key is unknown, revoked or expired. ${HOW}`);
  }

  private async checkJwt(jwt: string): Promise<Authentication> {
    if (this.jwtKey === null)
      return refuse(
        401,
        'jwt_not_configured',
        'This server does not accept JWTs: set CALLPLANE_JWT_SECRET or CALLPLANE_JWT_JWKS_URL on it, or send `Authorization: Token`.',
      );
    const claims = await verify(jwt, this.jwtKey);
    if (typeof claims === 'string') return refuse(401, 'invalid_jwt', claims);
    const org = claims['org'];
    if (typeof org !== 'string' || org === '')
      return refuse(401, 'invalid_jwt', 'The JWT has no `org` claim: it must name the org handle of the account.');
    const principal = await this.byOrg.find(org, () => this.store.byOrgHandle(org));
    if (principal !== undefined) return { ok: true, principal };
    return refuse(401, 'unknown_org', 'The `org` claim of the JWT names no account of this server.');
  }
}

/** The claims, or a sentence that says why the JWT is refused. */
async function verify(jwt: string, key: JWTVerifyGetKey | Uint8Array): Promise<JWTPayload | string> {
  try {
    const options = { clockTolerance: 5, requiredClaims: ['exp'] };
    const { payload } =
      typeof key === 'function'
        ? await jwtVerify(jwt, key, { ...options, algorithms: ASYMMETRIC })
        : await jwtVerify(jwt, key, { ...options, algorithms: ['HS256'] });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'The JWT has expired: send a fresh one.';
    if (error instanceof errors.JWTClaimValidationFailed) return `The JWT is refused: ${error.message}.`;
    return 'The signature of the JWT does not verify against the key configured on this server.';
  }
}

function sameOrg(principal: Principal, handle: string | string[] | undefined): Authentication {
  if (handle === undefined || handle === '' || handle === principal.orgHandle) return { ok: true, principal };
  return refuse(
    403,
    'org_mismatch',
    'These credentials belong to another org than the Org-Handle header names: correct the header or leave it out.',
  );
}
