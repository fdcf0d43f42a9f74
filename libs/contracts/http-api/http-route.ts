import type { z } from 'zod';

/** One operation of the public API: where it is served, what goes in, what comes out. */
export interface HttpRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Every path it answers on, `:name` for parameters; the first is the one that the documentation shows. */
  readonly paths: readonly [string, ...string[]];
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Status of success. */
  readonly status: 200 | 201 | 204;
  /** What `data` of the answer holds; left out = no body. */
  readonly answer?: z.ZodType;
  /** Refusals of this operation beside those that every operation has: status to sentence. */
  readonly refusals?: Readonly<Record<number, string>>;
}

/** Keeps the literal types of a table of routes. */
export const defineRoutes = <const T extends Readonly<Record<string, HttpRoute>>>(routes: T): T => routes;

const SPEECH = '/api/v2/platform/speech/v1';
const PLATFORM = '/api/v2/platform';
const MANAGEMENT = '/platform/v1';
const ORCHESTRATOR = '/orchestrator/v1';

/** Where the SDK looks for most resources: its speech proxy and its management plane; ours is `/v1`. */
export const speechPaths = (path: string): readonly [string, ...string[]] => [
  `/v1${path}`,
  `${MANAGEMENT}${path}`,
  `${SPEECH}${path}`,
];

/** Where the SDK looks for what its platform plane holds. */
export const platformPaths = (path: string): readonly [string, ...string[]] => [
  `/v1${path}`,
  `${MANAGEMENT}${path}`,
  `${PLATFORM}${path}`,
  `${SPEECH}${path}`,
];

/** Where the SDK looks for live session control. */
export const orchestratorPaths = (path: string): readonly [string, ...string[]] => [
  `/v1${path}`,
  `${ORCHESTRATOR}${path}`,
];

/** What is ours alone. */
export const ownPaths = (path: string): readonly [string, ...string[]] => [`/v1${path}`, `${MANAGEMENT}${path}`];
