/** Null = fine; otherwise one sentence that says what is missing and what to do. */
export type ReadinessCheck = () => Promise<string | null> | string | null;

const CHECK_LIMIT_MS = 2000;

/** What must work before this process is given traffic. A `hint` is shown but does not make the process unready. */
export class Readiness {
  private readonly checks = new Map<string, { check: ReadinessCheck; required: boolean }>();

  /** A failing required check turns `/readyz` red (503). */
  require(name: string, check: ReadinessCheck): void {
    this.checks.set(name, { check, required: true });
  }

  /** Something that is missing but can be done without; named in `/readyz`, which stays green. */
  hint(name: string, check: ReadinessCheck): void {
    this.checks.set(name, { check, required: false });
  }

  async report(): Promise<{ ready: boolean; missing: Record<string, string>; hints: Record<string, string> }> {
    const missing: Record<string, string> = {};
    const hints: Record<string, string> = {};
    await Promise.all(
      [...this.checks].map(async ([name, { check, required }]) => {
        const problem = await limited(check);
        if (problem !== null) (required ? missing : hints)[name] = problem;
      }),
    );
    return { ready: Object.keys(missing).length === 0, missing, hints };
  }
}

async function limited(check: ReadinessCheck): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`did not answer within ${CHECK_LIMIT_MS} ms`), CHECK_LIMIT_MS);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
