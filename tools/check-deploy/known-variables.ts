/** What a service can be told by its environment. */
export interface KnownVariables {
  known: ReadonlySet<string>;
  required: ReadonlySet<string>;
}

/** Read without a schema: by Node, by the logger at start, and by the migrate job. */
const BESIDE = ['NODE_OPTIONS', 'CALLPLANE_LOG_PII'];
const OF_MIGRATE = ['DATABASE_URL', 'DEMO_ORG_HANDLE', 'DEMO_PLATFORM_TOKEN', 'DEMO_API_KEY', 'DEMO_TRUNK_URI'];

/** Reads the tables of docs/configuration.md, which are generated from the schemas: app -> its variables. */
export function knownVariables(page: string): Record<string, KnownVariables> {
  const sections = new Map(page.split(/^## /m).map((text) => [text.split('\n')[0]?.trim() ?? '', rowsOf(text)]));
  const shared = sections.get('Every service') ?? [];
  const apps: Record<string, KnownVariables> = {
    migrate: { known: new Set([...OF_MIGRATE, ...BESIDE]), required: new Set(['DATABASE_URL']) },
  };
  for (const [app, own] of sections) {
    if (!/^[a-z-]+$/.test(app)) continue;
    const rows = [...shared, ...own];
    apps[app] = {
      known: new Set([...rows.map(({ name }) => name), ...BESIDE]),
      required: new Set(rows.filter((row) => row.required).map(({ name }) => name)),
    };
  }
  return apps;
}

/** One sentence for each variable that the app does not know, or needs and does not get. */
export function environmentProblems(place: string, variables: KnownVariables | undefined, given: string[]): string[] {
  if (!variables) return [`${place}: there is no such service in docs/configuration.md`];
  const { known, required } = variables;
  return [
    ...given.filter((name) => !known.has(name)).map((name) => `${place} sets ${name}, which it does not read`),
    ...[...required].filter((name) => !given.includes(name)).map((name) => `${place} lacks ${name}`),
  ];
}

function rowsOf(section: string): { name: string; required: boolean }[] {
  return [...section.matchAll(/^\| `([A-Z0-9_]+)`\s*\|([^|]*)\|/gm)].map(([, name = '', second = '']) => ({
    name,
    required: second.includes('**required**'),
  }));
}
