import { VISIBLE_STATUSES } from '@callplane/domain';
import { z } from 'zod';
import { callDetailSchema, callSchema } from './call-schema.ts';
import { createCallSchema } from './create-call.ts';
import { defineRoutes, orchestratorPaths, speechPaths } from './http-route.ts';
import { sessionSchema } from './session-view.ts';

const callParams = z.object({ call_id: z.string().min(1).max(200) });
const sessionParams = z.object({ session_id: z.string().min(1).max(200) });
const status = z
  .enum(VISIBLE_STATUSES, { error: `The status must be one of ${VISIBLE_STATUSES.join(', ')}.` })
  .optional();
const page = {
  limit: z.coerce.number().int().min(1).max(500).default(100).meta({ description: 'Most entries in the answer.' }),
  before: z.string().max(200).optional().meta({ description: 'Id of the last entry of the page before.' }),
};
const noCall = { 404: 'The account has no such call.' };
const noSession = { 404: 'The account has no such session.' };

/** Calls and what is left of them. */
export const CALL_ROUTES = defineRoutes({
  'create-call': {
    method: 'post',
    paths: speechPaths('/calls'),
    tag: 'Calls',
    summary: 'Call somebody',
    description:
      'Queues an outbound call and answers at once, status `pending`. With an `Idempotency-Key` header the same body gives the same call again (200) instead of a second one.',
    headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
    body: createCallSchema,
    status: 201,
    answer: callSchema,
    refusals: {
      400: 'Unknown agent, no number to call from, or a from_number that is not of the account.',
      404: 'The account has no such pipe.',
      409: 'The Idempotency-Key was used with another body.',
    },
  },
  'list-calls': {
    method: 'get',
    paths: speechPaths('/calls'),
    tag: 'Calls',
    summary: 'List calls, newest first',
    query: z.object({ status, call_status: status, pipe_id: z.string().max(200).optional(), ...page }),
    status: 200,
    answer: z.array(callSchema),
  },
  'get-call': {
    method: 'get',
    paths: speechPaths('/calls/:call_id'),
    tag: 'Calls',
    summary: 'One call with its transcript and latencies',
    params: callParams,
    status: 200,
    answer: callDetailSchema,
    refusals: noCall,
  },
  'hang-up-call': {
    method: 'post',
    paths: speechPaths('/calls/:call_id/hangup'),
    tag: 'Calls',
    summary: 'Hang up',
    description:
      'Ends a call in any state; the status follows within moments. A call that is over is answered as it is.',
    params: callParams,
    status: 200,
    answer: callSchema,
    refusals: noCall,
  },
  'list-sessions': {
    method: 'get',
    paths: speechPaths('/sessions'),
    tag: 'Sessions',
    summary: 'List sessions, newest first',
    query: z.object(page),
    status: 200,
    answer: z.array(sessionSchema),
  },
  'get-session': {
    method: 'get',
    paths: speechPaths('/sessions/:session_id'),
    tag: 'Sessions',
    summary: 'One session with its transcript',
    params: sessionParams,
    status: 200,
    answer: sessionSchema,
    refusals: noSession,
  },
  'end-session': {
    method: 'post',
    paths: orchestratorPaths('/sessions/:session_id/end'),
    tag: 'Sessions',
    summary: 'End a session: hangs up its call',
    params: sessionParams,
    status: 200,
    answer: z.object({ session_id: z.string(), state: z.string() }),
    refusals: noSession,
  },
  'list-transcripts': {
    method: 'get',
    paths: speechPaths('/transcripts'),
    tag: 'Sessions',
    summary: 'Sessions with their transcripts, newest first',
    query: z.object(page),
    status: 200,
    answer: z.array(sessionSchema),
  },
  'list-recordings': {
    method: 'get',
    paths: speechPaths('/recordings'),
    tag: 'Sessions',
    summary: 'Sessions that have a recording, newest first',
    query: z.object({ call_id: z.string().max(200).optional(), ...page }),
    status: 200,
    answer: z.array(sessionSchema),
  },
});
