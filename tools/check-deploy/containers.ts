import type { ComposeService, DeployTools, Stage } from './deploy-tools.ts';
import { environmentProblems, type KnownVariables } from './known-variables.ts';

/** Every program has a target that runs it as an ordinary user, stops on SIGTERM and can be asked for its health. */
export function dockerfileProblems(tools: DeployTools, file: string, root: string, programs: string[]): string[] {
  const read = tools.dockerfile(file, root);
  if (!read.ok) return read.complaint.split('\n').map((line) => `Dockerfile: ${line}`);
  const stages = new Map((JSON.parse(read.stdout) as Stage[]).map((stage) => [stage.name, stage]));
  return programs.flatMap((program) => {
    const stage = stages.get(program);
    if (!stage) return [`Dockerfile: no target ${program}`];
    const main = program === 'migrate' ? 'dist/tools/migrate.js' : `dist/apps/${program}/main.js`;
    const wrong = [
      stage.user === 'node' ? '' : `runs as ${stage.user || 'root'}`,
      stage.command?.includes(main) ? '' : `does not run ${main}`,
      stage.health === (program !== 'migrate') ? '' : 'has the wrong health check',
      stage.stopWith === 'SIGTERM' ? '' : 'does not stop with SIGTERM',
    ];
    return wrong.filter(Boolean).map((what) => `Dockerfile: target ${program} ${what}`);
  });
}

/** Compose takes the file, builds every program, and gives each the variables it reads. */
export function composeProblems(
  tools: DeployTools,
  files: { compose: string; env: string },
  programs: string[],
  apps: Record<string, KnownVariables>,
): string[] {
  const read = tools.compose(files.compose, files.env);
  if (!read.ok) return [`Compose: ${read.complaint}`];
  const services = JSON.parse(read.stdout) as Record<string, ComposeService>;
  return programs.flatMap((program) => {
    const service = services[program];
    if (!service) return [`Compose: no service ${program}`];
    const target = service.target === program ? [] : [`Compose: ${program} is built from target "${service.target}"`];
    // The image sets the port.
    const given = [...Object.keys(service.environment), ...(program === 'migrate' ? [] : ['PORT'])];
    return [...target, ...environmentProblems(`Compose: ${program}`, apps[program], given)];
  });
}
