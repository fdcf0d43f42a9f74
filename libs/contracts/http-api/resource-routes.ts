import { z } from 'zod';
import { accountSchema, updateAccountSchema } from './account-view.ts';
import { agentSchema, agentVoiceSchema, createAgentSchema } from './agent-view.ts';
import { defineRoutes, ownPaths, platformPaths, speechPaths } from './http-route.ts';
import { attachNumberSchema, NUMBER_STATUSES, numberSchema, TRUNK_TYPES } from './number-view.ts';
import { createPipeSchema, pipeSchema, updatePipeSchema } from './pipe-view.ts';
import { voiceProfileSchema } from './voice-profile-view.ts';
import { createWebhookEndpointSchema, webhookEndpointSchema } from './webhook-endpoint-view.ts';

const id = z.string().min(1).max(200);
const noPipe = { 404: 'The account has no such pipe.' };
const noProfile = { 422: 'The body does not fit, or names an unknown voice profile.' };
const noNumber = { 404: 'The account has no such number.' };
const numberStatus = z.enum(NUMBER_STATUSES).optional();
const attachRefusals = { ...noNumber, 400: 'Unknown agent.' };
const numberParams = z.object({ number: id.meta({ description: 'Id of the number, or the number itself in E.164.' }) });

/** Who talks, with which voice. */
const AGENT_ROUTES = defineRoutes({
  'create-agent': {
    method: 'post',
    paths: speechPaths('/agents'),
    tag: 'Agents',
    summary: 'Create an agent with a voice',
    description:
      'Makes the agent and the pipe that gives it its voice, and makes that pipe the agent’s default. An agent that exists is brought to what is given (200).',
    body: createAgentSchema,
    status: 201,
    answer: agentVoiceSchema,
    refusals: noProfile,
  },
  'list-agents': {
    method: 'get',
    paths: speechPaths('/agents'),
    tag: 'Agents',
    summary: 'List agents',
    status: 200,
    answer: z.array(agentSchema),
  },
  'get-agent': {
    method: 'get',
    paths: speechPaths('/agents/:agent_id'),
    tag: 'Agents',
    summary: 'One agent with its voices',
    params: z.object({ agent_id: id }),
    status: 200,
    answer: agentSchema,
    refusals: { 404: 'The account has no such agent.' },
  },
});

const PIPE_ROUTES = defineRoutes({
  'create-pipe': {
    method: 'post',
    paths: speechPaths('/pipes'),
    tag: 'Pipes',
    summary: 'Create a pipe',
    body: createPipeSchema,
    status: 201,
    answer: pipeSchema,
    refusals: noProfile,
  },
  'list-pipes': {
    method: 'get',
    paths: speechPaths('/pipes'),
    tag: 'Pipes',
    summary: 'List pipes',
    status: 200,
    answer: z.array(pipeSchema),
  },
  'get-pipe': {
    method: 'get',
    paths: speechPaths('/pipes/:pipe_id'),
    tag: 'Pipes',
    summary: 'One pipe',
    params: z.object({ pipe_id: id }),
    status: 200,
    answer: pipeSchema,
    refusals: noPipe,
  },
  'update-pipe': {
    method: 'patch',
    paths: speechPaths('/pipes/:pipe_id'),
    tag: 'Pipes',
    summary: 'Change a pipe',
    params: z.object({ pipe_id: id }),
    body: updatePipeSchema,
    status: 200,
    answer: pipeSchema,
    refusals: { ...noPipe, ...noProfile },
  },
  'delete-pipe': {
    method: 'delete',
    paths: speechPaths('/pipes/:pipe_id'),
    tag: 'Pipes',
    summary: 'Delete a pipe',
    description: 'Numbers attached to it are free afterwards. Calls in progress keep the settings they began with.',
    params: z.object({ pipe_id: id }),
    status: 204,
    refusals: noPipe,
  },
});

const NUMBER_ROUTES = defineRoutes({
  'list-numbers': {
    method: 'get',
    paths: speechPaths('/numbers'),
    tag: 'Numbers',
    summary: 'List numbers',
    query: z.object({
      status: numberStatus,
      status_filter: numberStatus,
      country: z.string().max(10).optional(),
      trunk_type: z.enum(TRUNK_TYPES).optional(),
    }),
    status: 200,
    answer: z.array(numberSchema),
  },
  'sync-numbers': {
    method: 'post',
    paths: speechPaths('/numbers/sync'),
    tag: 'Numbers',
    summary: 'Bring the list of numbers up to date with the trunks',
    description: 'Numbers of the embedded trunk are configured here, so there is nothing to fetch for them.',
    status: 200,
    answer: z.object({ synced: z.int(), new: z.int() }),
  },
  'attach-number': {
    method: 'post',
    paths: speechPaths('/numbers/:number/attach'),
    tag: 'Numbers',
    summary: 'Attach a number to an agent',
    description: 'Calls by the agent come from this number. A number attached elsewhere moves.',
    params: numberParams,
    body: attachNumberSchema,
    status: 200,
    answer: numberSchema,
    refusals: attachRefusals,
  },
  'move-number': {
    method: 'put',
    paths: speechPaths('/numbers/:number/attach'),
    tag: 'Numbers',
    summary: 'Move an attached number to another agent',
    params: numberParams,
    body: attachNumberSchema,
    status: 200,
    answer: numberSchema,
    refusals: { ...attachRefusals, 409: 'The number is attached to nothing (`not_attached`): attach it with POST.' },
  },
  'detach-number': {
    method: 'delete',
    paths: speechPaths('/numbers/:number/attach'),
    tag: 'Numbers',
    summary: 'Detach a number',
    params: numberParams,
    status: 200,
    answer: numberSchema,
    refusals: noNumber,
  },
});

const OWN_ROUTES = defineRoutes({
  'list-voice-profiles': {
    method: 'get',
    paths: platformPaths('/voice-profiles'),
    tag: 'Voice profiles',
    summary: 'List voice profiles',
    query: z.object({ language: z.string().max(20).optional() }),
    status: 200,
    answer: z.array(voiceProfileSchema),
  },
  'get-voice-profile': {
    method: 'get',
    paths: platformPaths('/voice-profiles/:profile_id'),
    tag: 'Voice profiles',
    summary: 'One voice profile',
    params: z.object({ profile_id: id }),
    status: 200,
    answer: voiceProfileSchema,
    refusals: { 404: 'There is no such voice profile.' },
  },
  'create-webhook-endpoint': {
    method: 'post',
    paths: ownPaths('/webhook-endpoints'),
    tag: 'Webhooks',
    summary: 'Register a webhook endpoint',
    body: createWebhookEndpointSchema,
    status: 201,
    answer: webhookEndpointSchema,
    refusals: {
      409: 'The account has too many endpoints.',
      422: 'The body does not fit, or the URL may not be called.',
    },
  },
  'list-webhook-endpoints': {
    method: 'get',
    paths: ownPaths('/webhook-endpoints'),
    tag: 'Webhooks',
    summary: 'List webhook endpoints',
    status: 200,
    answer: z.array(webhookEndpointSchema),
  },
  'delete-webhook-endpoint': {
    method: 'delete',
    paths: ownPaths('/webhook-endpoints/:endpoint_id'),
    tag: 'Webhooks',
    summary: 'Delete a webhook endpoint',
    params: z.object({ endpoint_id: id }),
    status: 204,
    refusals: { 404: 'The account has no such endpoint.' },
  },
  'get-account': {
    method: 'get',
    paths: ownPaths('/account'),
    tag: 'Account',
    summary: 'The account of these credentials',
    status: 200,
    answer: accountSchema,
  },
  'update-account': {
    method: 'patch',
    paths: ownPaths('/account'),
    tag: 'Account',
    summary: 'Set the concurrency cap and account-wide call settings',
    body: updateAccountSchema,
    status: 200,
    answer: accountSchema,
  },
});

/** Everything that is set up before a call. */
export const RESOURCE_ROUTES = { ...AGENT_ROUTES, ...PIPE_ROUTES, ...NUMBER_ROUTES, ...OWN_ROUTES };
