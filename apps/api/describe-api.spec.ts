import { ROUTES } from '@callplane/contracts';
import { describe, expect, it } from 'vitest';
import { describeApi } from './describe-api.ts';

const document = describeApi();
const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {}));

describe('the OpenAPI document', () => {
  it('is 3.1 and holds every route of the table once', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations).toHaveLength(Object.keys(ROUTES).length);
    const ids = operations.map((operation) => (operation as { operationId: string }).operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('resolves every reference', () => {
    const text = JSON.stringify(document);
    const known = new Set(
      Object.keys(document.components?.schemas ?? {}).map((name) => `#/components/schemas/${name}`),
    );
    for (const [, reference] of text.matchAll(/"\$ref":"([^"]+)"/g)) expect(known).toContain(reference);
    expect(text).not.toContain('/:');
  });

  it('describes bodies, path parameters and refusals', () => {
    const create = document.paths?.['/v1/calls']?.post;
    expect(Object.keys(create?.responses ?? {})).toEqual(
      expect.arrayContaining(['201', '400', '401', '404', '409', '413', '415', '422', '503']),
    );
    expect(JSON.stringify(create?.requestBody)).toContain('to_number');
    expect(document.paths?.['/v1/calls/{call_id}/hangup']?.post?.parameters).toEqual([
      expect.objectContaining({ name: 'call_id', in: 'path', required: true }),
    ]);
  });
});
