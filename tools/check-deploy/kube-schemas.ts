import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from './run-program.ts';

/** The Kubernetes whose API the chart is checked against. */
export const KUBERNETES_VERSION = '1.34.2';

const PREFIX = '#/definitions/';

/** One JSON Schema, as far as we look into it. */
export interface Schema {
  type?: string;
  properties?: Record<string, unknown>;
  additionalProperties?: unknown;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
  [key: string]: unknown;
}

/** These two are written as strings in the API description, and taken as numbers as well. */
const LOOSE: Record<string, Schema> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { oneOf: [{ type: 'string' }, { type: 'integer' }] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
};

/**
 * A folder of one strict JSON Schema a kind, named as kubeconform looks for them. Made once from the API description in
 * Kubernetes' own Go module, which Go verifies by checksum.
 */
export function kubeSchemas(cache: string): string {
  const folder = join(cache, `kube-schemas-${KUBERNETES_VERSION}`);
  if (existsSync(folder)) return folder;
  const download = outputOf({
    program: 'go',
    args: ['mod', 'download', '-json', `k8s.io/kubernetes@v${KUBERNETES_VERSION}`],
    cwd: cache,
    env: { GOFLAGS: '' },
  });
  const { Dir } = JSON.parse(download) as { Dir: string };
  const api = JSON.parse(readFileSync(join(Dir, 'api', 'openapi-spec', 'swagger.json'), 'utf8')) as {
    definitions: Record<string, Schema>;
  };
  const partial = mkdtempSync(join(cache, 'kube-schemas.'));
  for (const [name, schema] of Object.entries(schemasOfKinds(api.definitions)))
    writeFileSync(join(partial, name), JSON.stringify(schema));
  mkdirSync(cache, { recursive: true });
  // Another clone may have been faster; its schemas are the same.
  if (existsSync(folder)) rmSync(partial, { recursive: true });
  else renameSync(partial, folder);
  return folder;
}

/** File name -> schema, for every kind that exists in one group and version; each carries the definitions it uses. */
export function schemasOfKinds(definitions: Record<string, Schema>): Record<string, Schema> {
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, LOOSE[name] ?? tightened(schema)]),
  );
  const schemas: Record<string, Schema> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const [kind, ...others] = definition['x-kubernetes-group-version-kind'] ?? [];
    if (!kind || others.length > 0) continue;
    const group = kind.group === '' ? '' : `-${kind.group.split('.')[0] ?? ''}`;
    schemas[`${kind.kind.toLowerCase()}${group}-${kind.version}.json`] = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $ref: `${PREFIX}${name}`,
      definitions: reachableFrom(name, strict),
    };
  }
  return schemas;
}

/** A field that the API does not have is dropped by Kubernetes without a word; here it is an error. */
function tightened({ description: _, ...schema }: Schema): Schema {
  if (schema.properties === undefined || schema.additionalProperties !== undefined) return schema;
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, property]) => [name, tightened(property as Schema)]),
  );
  return { ...schema, properties, additionalProperties: false };
}

function reachableFrom(start: string, all: Record<string, Schema>): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const open = [start];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const schema = all[name];
    if (!schema || found[name]) continue;
    found[name] = schema;
    for (const [, next = ''] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) open.push(next);
  }
  return found;
}
