import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';

/** Creates a database (optionally as a copy of a template, which nobody may be connected to) and returns its URL. */
export async function createDatabase(adminUrl: string, name: string, template?: string): Promise<string> {
  const copy = template ? ` template ${escapeIdentifier(template)}` : '';
  await runAsAdmin(adminUrl, `create database ${escapeIdentifier(name)}${copy}`);
  return databaseUrl(adminUrl, name);
}

/**
 * Makes a database once, lets `prepare` fill it (migrations), and hands out copies of it: a fresh, migrated
 * database for each test in a few dozen milliseconds. `prepare` must close its connections.
 */
export async function createTemplate(
  adminUrl: string,
  prepare: (url: string) => Promise<void>,
): Promise<(name?: string) => Promise<string>> {
  const template = uniqueName('template');
  await prepare(await createDatabase(adminUrl, template));
  return (name = uniqueName('test')) => createDatabase(adminUrl, name, template);
}

/** The same server and user, another database. */
function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.toString();
}

function uniqueName(prefix: string): string {
  return `${prefix}_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}`;
}

async function runAsAdmin(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const deadline = Date.now() + 5000;
    for (;;) {
      try {
        await client.query(statement);
        return;
      } catch (error) {
        // Somebody is still connected to the template: a pool that is just closing.
        if ((error as { code?: string }).code !== '55006' || Date.now() > deadline) throw error;
        await delay(50);
      }
    }
  } finally {
    await client.end();
  }
}
