import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The token of one call's bridge socket, `<job id>.<signature>`: bound to the call and to the job, so that a runner whose job
 * was given to another cannot come back with it. Runners treat it as opaque.
 */
export function signCallToken(secret: string, callId: string, jobId: string): string {
  return `${jobId}.${signature(secret, callId, jobId)}`;
}

/** @returns the job the token was made for, or undefined when it was not made by us for this call. Constant time. */
export function readCallToken(secret: string, callId: string, token: string): string | undefined {
  const dot = token.lastIndexOf('.');
  if (dot < 1) return undefined;
  const jobId = token.slice(0, dot);
  const given = Buffer.from(token.slice(dot + 1));
  const right = Buffer.from(signature(secret, callId, jobId));
  return given.length === right.length && timingSafeEqual(given, right) ? jobId : undefined;
}

const signature = (secret: string, callId: string, jobId: string): string =>
  createHmac('sha256', secret).update(`callplane bridge socket\n${callId}\n${jobId}`).digest('base64url');
