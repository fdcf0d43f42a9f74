import type { Health } from '../speech-provider.ts';

/** What both instant providers share: nothing can be missing, and closing one ends its streams. */
export abstract class InstantProvider<S extends { close(): Promise<void> }> {
  readonly id = 'instant';
  protected readonly streams = new Set<S>();

  health(): Promise<Health> {
    return Promise.resolve({ ok: true, missing: [] });
  }

  async close(): Promise<void> {
    await Promise.all([...this.streams].map((stream) => stream.close()));
  }
}
