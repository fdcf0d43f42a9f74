import { defineConfig } from 'vitest/config';

const shared = { resolve: { tsconfigPaths: true } };

/**
 * unit: pure, milliseconds, beside the source. integration: one adapter against its real server.
 * One kind after the other: the later ones measure time. e2e and interop: whole calls through a running stack (`test/support/start-stack.ts` brings it up once).
 */
export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['{apps,libs,tools,examples}/**/*.spec.ts', 'test/bench/**/*.spec.ts'],
          exclude: ['**/*.int.spec.ts', '**/node_modules/**', 'dist/**'],
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          include: ['{apps,libs,tools,examples}/**/*.int.spec.ts'],
          exclude: ['**/node_modules/**', 'dist/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          sequence: { groupOrder: 2 },
          include: ['test/{e2e,interop}/**/*.spec.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['apps/**/*.ts', 'libs/**/*.ts'],
      exclude: ['**/*.spec.ts', '**/*.suite.ts', '**/main.ts', '**/*.module.ts', 'libs/testing/**', '**/index.ts'],
      reportOnFailure: true,
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        lines: 90,
        'libs/domain/**/*.ts': { lines: 100, functions: 100, branches: 100, statements: 100 },
      },
    },
  },
});
