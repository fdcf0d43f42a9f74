import { temporaryFolder } from '@callplane/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chartProblems, VALUE_SETS } from './check-deploy/chart.ts';
import { composeProblems, dockerfileProblems } from './check-deploy/containers.ts';
import { openDeployTools } from './check-deploy/deploy-tools.ts';
import { knownVariables } from './check-deploy/known-variables.ts';
import { plant, PLANTED_MISTAKES } from './check-deploy/planted-mistakes.ts';

/**
 * Whether the tools that will run deploy/ take it, and whether it fits the programs. Then plants mistakes in copies of
 * it, each of which must be found. Run it in the repository's root.
 */
const root = process.cwd();
const deploy = join(root, 'deploy');
const tools = openDeployTools(root, resolve(process.env['CALLPLANE_CACHE'] ?? join('.callplane', 'cache')));
const apps = knownVariables(readFileSync(join(root, 'docs', 'configuration.md'), 'utf8'));
/** The test phone is for one machine. */
const programs = [...readdirSync(join(root, 'apps')).filter((app) => app !== 'test-phone'), 'migrate'];

const problems = [...problemsOf(deploy), ...missedMistakes()];
for (const problem of problems) console.error(problem);
if (problems.length === 0)
  console.log(`deploy: fine for ${programs.length} programs; ${PLANTED_MISTAKES.length} planted mistakes found`);
process.exit(problems.length === 0 ? 0 : 1);

function problemsOf(folder: string): string[] {
  const chart = join(folder, 'helm', 'callplane');
  const compose = join(folder, 'compose');
  return [
    ...dockerfileProblems(tools, join(folder, 'docker', 'Dockerfile'), root, programs),
    ...composeProblems(
      tools,
      { compose: join(compose, 'compose.yaml'), env: join(compose, '.env.example') },
      programs,
      apps,
    ),
    ...VALUE_SETS.flatMap((values) =>
      chartProblems(tools, chart, values, apps).map((problem) => `${values} values: ${problem}`),
    ),
  ];
}

function missedMistakes(): string[] {
  return PLANTED_MISTAKES.flatMap((mistake) => {
    const folder = temporaryFolder('check-deploy-');
    try {
      plant(mistake, deploy, folder.path);
      const found = problemsOf(folder.path);
      if (found.some((problem) => mistake.complaint.test(problem))) return [];
      return [`${mistake.what} (${mistake.file}) was not found; the check said: ${found.join('\n') || 'nothing'}`];
    } finally {
      folder.remove();
    }
  });
}
