import { join } from 'node:path';
import type { DeployTools } from './deploy-tools.ts';
import { environmentProblems, type KnownVariables } from './known-variables.ts';

interface Container {
  name: string;
  env?: { name: string }[];
  envFrom?: unknown[];
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  spec?: { template?: { spec?: { containers?: Container[] } } };
}

/** With default values, and with every switch of the chart on. */
export const VALUE_SETS = ['default', 'full'] as const;
export type ValueSet = (typeof VALUE_SETS)[number];

/** Lints, renders and validates the chart; [] when all is well. */
export function chartProblems(
  tools: DeployTools,
  chart: string,
  values: ValueSet,
  apps: Record<string, KnownVariables>,
): string[] {
  const args = values === 'full' ? ['--values', join(chart, 'ci', 'full-values.yaml')] : [];
  const linted = tools.lint(chart, args);
  if (!linted.ok) return [`helm lint: ${linted.complaint}`];
  const rendered = tools.render(chart, args);
  if (!rendered.ok) return [`helm template: ${rendered.complaint}`];
  const valid = tools.validate(rendered.stdout);
  if (!valid.ok) return [`kubeconform: ${valid.complaint}`];
  return manifestProblems(JSON.parse(tools.documents(rendered.stdout).stdout) as Manifest[], apps);
}

/** What no schema of Kubernetes knows: every program gets the variables it reads, and no others of its own. */
function manifestProblems(manifests: Manifest[], apps: Record<string, KnownVariables>): string[] {
  const shared = manifests.flatMap(({ kind, data }) => (kind === 'ConfigMap' ? Object.keys(data ?? {}) : []));
  const read = new Set(Object.values(apps).flatMap(({ known }) => [...known]));
  const unread = shared
    .filter((name) => !read.has(name))
    .map((name) => `the ConfigMap sets ${name}, which nobody reads`);
  const containers = manifests.flatMap(({ kind, metadata, spec }) =>
    (spec?.template?.spec?.containers ?? []).map((container) => ({ place: `${kind} ${metadata.name}`, container })),
  );
  if (containers.length === 0) return ['the chart renders no container'];
  return containers.reduce((problems, { place, container }) => {
    const known = apps[container.name]?.known ?? new Set();
    const fromMap = container.envFrom ? shared.filter((name) => known.has(name)) : [];
    const own = (container.env ?? []).map(({ name }) => name);
    return [...problems, ...environmentProblems(place, apps[container.name], [...own, ...fromMap])];
  }, unread);
}
