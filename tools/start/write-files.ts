import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of `processes.json`. `restarts` counts the times it was started again after it died. */
export interface ProcessEntry {
  name: string;
  pid: number;
  startedAt: string;
  restarts: number;
  port?: number;
}

/** Readers never see half a file. */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, text, { mode });
  renameSync(partial, path);
}

/** The files a stack keeps in its home: who runs, who supervises, and how to reach it. */
export class HomeFiles {
  readonly logs: string;
  private readonly processesFile: string;
  private readonly supervisorFile: string;
  private readonly envFile: string;

  constructor(readonly home: string) {
    this.logs = join(home, 'logs');
    this.processesFile = join(home, 'processes.json');
    this.supervisorFile = join(home, 'supervisor.pid');
    this.envFile = join(home, 'env');
    mkdirSync(this.logs, { recursive: true });
  }

  logOf(name: string): string {
    return join(this.logs, `${name.replaceAll('/', '-')}.log`);
  }

  writeProcesses(entries: ProcessEntry[]): void {
    writeWhole(this.processesFile, `${JSON.stringify(entries, null, 2)}\n`);
  }

  readProcesses(): ProcessEntry[] {
    const text = readOr(this.processesFile, '[]');
    try {
      return JSON.parse(text) as ProcessEntry[];
    } catch {
      return [];
    }
  }

  claim(pid: number): void {
    writeWhole(this.supervisorFile, `${pid}\n`);
  }

  supervisorPid(): number | undefined {
    const pid = Number(readOr(this.supervisorFile, '').trim());
    return pid > 0 ? pid : undefined;
  }

  /** Its presence says that the stack is ready. It holds secrets. */
  writeEnv(values: Record<string, string>): void {
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
    writeWhole(this.envFile, lines.join(''), 0o600);
  }

  removeEnv(): void {
    rmSync(this.envFile, { force: true });
  }

  /** Nothing runs any more. */
  release(): void {
    this.removeEnv();
    this.writeProcesses([]);
    rmSync(this.supervisorFile, { force: true });
  }
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
