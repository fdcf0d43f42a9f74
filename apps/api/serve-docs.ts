import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { describeApi } from './describe-api.ts';

/** `/openapi.json`, and `/docs` to read and try it: every file of the page comes from this process. */
export async function serveDocs(http: FastifyInstance): Promise<void> {
  const document = describeApi();
  await http.register(swagger, { mode: 'static', specification: { document: document as never } });
  await http.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    theme: { title: 'Callplane API' },
    uiConfig: { docExpansion: 'list', deepLinking: true, displayRequestDuration: true, persistAuthorization: true },
  });
  http.get('/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(document));
}
