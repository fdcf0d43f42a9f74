import type { z } from 'zod';

export interface ConfigProblem {
  readonly name: string;
  readonly problem: string;
}

/** The environment does not fit the schema. The message lists every problem by variable name and never shows a value. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((p) => `  ${p.name}: ${p.problem}`);
    super(`The configuration is not usable. Set these environment variables and start again:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads `env` through `schema`. An empty string counts as unset, so a default applies. @throws ConfigError naming every problem. */
export function readConfig<S extends z.ZodType>(schema: S, env: Record<string, string | undefined>): z.infer<S> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = issue.path.join('.') || '(environment)';
      return {
        name,
        problem: name in present ? issue.message.replace(/, received .*/, '') : 'is required but not set',
      };
    }),
  );
}
