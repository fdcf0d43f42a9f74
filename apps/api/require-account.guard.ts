import type { Principal } from '@callplane/persistence';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Refusal, RefusedError } from './answer.ts';
import { Authenticator } from './authenticate.ts';

/** A request that came past the guard. */
export interface AuthenticatedRequest extends FastifyRequest {
  principal: Principal;
}

/** Lets only requests through whose credentials belong to an account. */
@Injectable()
export class RequireAccountGuard implements CanActivate {
  private readonly authenticator: Authenticator;
  constructor(@Inject(Authenticator) authenticator: Authenticator) {
    this.authenticator = authenticator;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const result = await this.authenticator.authenticate(request.headers);
    if (!result.ok) throw new RefusedError(new Refusal(result.status, result.code, result.message));
    request.principal = result.principal;
    return true;
  }
}
