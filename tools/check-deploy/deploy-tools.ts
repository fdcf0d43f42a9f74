import { findBinary } from '@callplane/testing';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_VERSION, kubeSchemas } from './kube-schemas.ts';
import { outputOf, runProgram, type Said } from './run-program.ts';

/** One stage of the Dockerfile, its base stages included. */
export interface Stage {
  name: string;
  user: string;
  command: string[] | null;
  health: boolean;
  stopWith: string;
  env: Record<string, string>;
}

/** One service as Compose sees it; a variable without a value is passed on when it is set. */
export interface ComposeService {
  target: string;
  environment: Record<string, string | null>;
  graceS: number;
}

/** The programs that read deploy/, all without the network. Each `Said.stdout` is what the function promises. */
export interface DeployTools {
  lint(chart: string, args: string[]): Said;
  /** YAML documents. */
  render(chart: string, args: string[]): Said;
  /** Against strict schemas of the Kubernetes API. */
  validate(documents: string): Said;
  /** JSON list of anything. */
  documents(yaml: string): Said;
  /** JSON list of Stage. */
  dockerfile(file: string, context: string): Said;
  /** JSON object of ComposeService. */
  compose(file: string, envFile: string): Said;
}

/** Finds or builds them. Throws with one sentence when one cannot be had. */
export function openDeployTools(root: string, cache: string): DeployTools {
  mkdirSync(cache, { recursive: true });
  const helm = findBinary('helm');
  const kubeconform = findBinary('kubeconform');
  const schemas = kubeSchemas(cache);
  const checker = buildChecker(join(root, 'deploy', 'check'), cache);
  const location = join(schemas, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
  const strict = ['-strict', '-output', 'pretty', '-schema-location', location];
  const version = ['--kube-version', KUBERNETES_VERSION];
  return {
    lint: (chart, args) => runProgram({ program: helm, args: ['lint', '--strict', ...version, chart, ...args] }),
    render: (chart, args) => runProgram({ program: helm, args: ['template', 'check', ...version, chart, ...args] }),
    validate: (input) => runProgram({ program: kubeconform, args: strict, input }),
    documents: (input) => runProgram({ program: checker, args: ['documents'], input }),
    dockerfile: (file, context) => runProgram({ program: checker, args: ['dockerfile', file, context] }),
    compose: (file, envFile) => runProgram({ program: checker, args: ['compose', file, envFile] }),
  };
}

/** Go rebuilds only what changed. */
function buildChecker(source: string, cache: string): string {
  const program = join(cache, 'deploy-check');
  outputOf({
    program: 'go',
    args: ['build', '-buildvcs=false', '-o', program, '.'],
    cwd: source,
    env: { GOFLAGS: '' },
  });
  return program;
}
