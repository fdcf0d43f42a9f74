import { expect, it } from 'vitest';
import { schemasOfKinds } from './kube-schemas.ts';

const gvk = (group: string, version: string, kind: string) => [{ group, version, kind }];

it('makes one strict schema a kind, with what it refers to and nothing else', () => {
  const schemas = schemasOfKinds({
    Ingress: {
      type: 'object',
      description: 'long',
      properties: { port: { $ref: '#/definitions/Port', description: 'long' } },
      'x-kubernetes-group-version-kind': gvk('networking.k8s.io', 'v1', 'Ingress'),
    },
    Port: { type: 'object', properties: { number: { type: 'integer' } }, required: ['number'] },
    Pod: { type: 'object', properties: {}, 'x-kubernetes-group-version-kind': gvk('', 'v1', 'Pod') },
    Options: {
      properties: {},
      'x-kubernetes-group-version-kind': [...gvk('', 'v1', 'DeleteOptions'), ...gvk('apps', 'v1', 'DeleteOptions')],
    },
  });
  expect(Object.keys(schemas).sort()).toEqual(['ingress-networking-v1.json', 'pod-v1.json']);
  expect(schemas['ingress-networking-v1.json']).toMatchObject({
    $ref: '#/definitions/Ingress',
    definitions: {
      Ingress: { additionalProperties: false, properties: { port: { $ref: '#/definitions/Port' } } },
      Port: { additionalProperties: false, required: ['number'] },
    },
  });
  expect(JSON.stringify(schemas)).not.toContain('long');
  expect(JSON.stringify(schemas['pod-v1.json'])).not.toContain('Port');
});

it('takes a number where Kubernetes does, although its description says string', () => {
  const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
  const schemas = schemasOfKinds({
    [quantity]: { type: 'string' },
    Box: {
      properties: { size: { $ref: `#/definitions/${quantity}` } },
      'x-kubernetes-group-version-kind': gvk('', 'v1', 'Box'),
    },
  });
  expect(schemas['box-v1.json']).toMatchObject({
    definitions: { [quantity]: { oneOf: [{ type: 'string' }, { type: 'number' }] } },
  });
});

it('leaves maps open', () => {
  const labels = { type: 'object', additionalProperties: { type: 'string' } };
  const schemas = schemasOfKinds({
    Box: { properties: { labels }, 'x-kubernetes-group-version-kind': gvk('', 'v1', 'Box') },
  });
  expect(schemas['box-v1.json']).toMatchObject({ definitions: { Box: { properties: { labels } } } });
});
