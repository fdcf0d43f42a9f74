import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './write-files.ts';

/** Made once per home and kept, so that a second start finds its database and its clients keep their token. */
export interface Secrets {
  postgresPassword: string;
  livekitSecret: string;
  /** CALLPLANE_SECRET: seals stored passwords, signs one-call tokens. */
  platformSecret: string;
  platformToken: string;
  apiKey: string;
}

/** Reads the home's secrets; missing ones are made and written (mode 0600). */
export function loadSecrets(home: string): Secrets {
  const path = join(home, 'secrets.json');
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Secrets>) : {};
  const secrets: Secrets = {
    postgresPassword: random(),
    livekitSecret: random(),
    platformSecret: random(),
    platformToken: `plat_${random()}`,
    apiKey: `sk_${random()}`,
    ...kept,
  };
  writeWhole(path, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  return secrets;
}

function random(): string {
  return randomBytes(24).toString('hex');
}
