import { Global, Module } from '@nestjs/common';
import { Authenticator } from './authenticate.ts';

/** One authenticator, and so one cache of keys, for REST and sockets. */
@Global()
@Module({ providers: [Authenticator], exports: [Authenticator] })
export class AuthModule {}
