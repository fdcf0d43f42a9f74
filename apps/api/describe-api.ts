import { errorBodySchema, ROUTES, type HttpRoute } from '@callplane/contracts';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';

const ABOUT = `Calls for voice agents. Every answer is \`{"data": ...}\`; every error is an \`Error\` with a stable \`code\` and a sentence
that says what to do. Fields without a value are null, or left out where the Unpod SDK does not take null.

Authenticate with \`Authorization: Token <platform token>\` (and \`Org-Handle\`), \`Authorization: Bearer <API key>\` or
\`Authorization: JWT <jwt>\`. The Unpod Python SDK reaches the same operations under the paths named with each.`;

/** Refusals that every operation may give. */
const ALWAYS: Readonly<Record<number, string>> = {
  401: 'No credentials, or unknown ones.',
  403: 'The credentials belong to another org than the Org-Handle header names.',
  422: 'The body, the query or the path does not fit; `errors` names the fields.',
  503: 'The database is away; try again after `Retry-After` seconds.',
};
const WITH_BODY: Readonly<Record<number, string>> = {
  400: 'The body is not valid JSON.',
  413: 'The body is larger than 64 kB.',
  415: 'The body is not declared as JSON.',
};

/** The OpenAPI 3.1 document of the whole API, made from the table of routes. */
export function describeApi(): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const [name, route] of Object.entries(ROUTES) as [string, HttpRoute][]) {
    const path = route.paths[0].replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(name, route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Callplane', version: '1', description: ABOUT },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { bearer: [] }],
    tags: [...new Set(Object.values(ROUTES).map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'The whole header value: `Token <platform token>`, or `JWT <jwt>`.',
        },
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' },
      },
    },
  });
}

function operation(name: string, route: HttpRoute): ZodOpenApiOperationObject {
  const aliases = route.paths.slice(1).map((path) => `\`${path.replace(/:(\w+)/g, '{$1}')}\``);
  const params = {
    ...(route.params === undefined ? {} : { path: route.params }),
    ...(route.query === undefined ? {} : { query: route.query }),
    ...(route.headers === undefined ? {} : { header: route.headers }),
  };
  return {
    operationId: name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, `Also at ${aliases.join(', ')}.`].filter(Boolean).join('\n\n'),
    ...(Object.keys(params).length === 0 ? {} : { requestParams: params }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } }),
    responses: { ...success(route), ...refusals(route) },
  };
}

function success(route: HttpRoute): ZodOpenApiOperationObject['responses'] {
  if (route.answer === undefined) return { '204': { description: 'Done.' } };
  const content = { 'application/json': { schema: z.object({ data: route.answer }) } };
  const [again] = route.method === 'post' && route.status === 201 ? [200] : [];
  return {
    [`${route.status}`]: { description: route.status === 201 ? 'Created.' : 'Done.', content },
    ...(again === undefined ? {} : { [`${again}`]: { description: 'It existed already.', content } }),
  };
}

function refusals(route: HttpRoute): ZodOpenApiOperationObject['responses'] {
  const all = { ...ALWAYS, ...(route.body === undefined ? {} : WITH_BODY), ...route.refusals };
  const content = { 'application/json': { schema: errorBodySchema } };
  return Object.fromEntries(Object.entries(all).map(([status, description]) => [status, { description, content }]));
}
