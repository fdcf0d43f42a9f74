import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder under the system's temporary folder, and its removal. */
export interface TemporaryFolder {
  path: string;
  remove(): void;
}

/** Other users may pass through it (mode 0711): Postgres runs as one when the tests run as root. */
export function temporaryFolder(prefix = 'callplane-'): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(path, 0o711);
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
