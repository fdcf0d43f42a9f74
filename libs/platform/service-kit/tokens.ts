/** Injection tokens of what service-kit gives every service. */
export const CONFIG = Symbol('config');
export const LOGGER = Symbol('logger');
export const BUS = Symbol('bus');
export const FACTS = Symbol('facts');
export const EVENTS = Symbol('events');
export const COMMANDS_CLIENT = Symbol('commands-client');
export const READINESS = Symbol('readiness');
export const SHUTDOWN = Symbol('shutdown');
export const DATA_SOURCE = Symbol('data-source');
export const CALL_STORE = Symbol('call-store');
export const RUNNER_STORE = Symbol('runner-store');
export const TRANSCRIPT_STORE = Symbol('transcript-store');
export const JOURNAL_STORE = Symbol('journal-store');
export const AUTH_STORE = Symbol('auth-store');
