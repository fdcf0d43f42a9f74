import { z } from 'zod';

export interface ConfigField {
  readonly name: string;
  readonly required: boolean;
  readonly fallback: string;
  readonly description: string;
}

/** One row a variable, for docs/configuration.md. */
export function describeConfig(schema: z.ZodObject): ConfigField[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, { default?: unknown; description?: string }>;
    required?: string[];
  };
  return Object.entries(json.properties ?? {}).map(([name, property]) => ({
    name,
    required: json.required?.includes(name) ?? false,
    fallback: property.default === undefined ? '' : JSON.stringify(property.default),
    description: property.description ?? '',
  }));
}
