import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which layer may import which; the same table stands in ARCHITECTURE.md. */
const layers = [
  {
    sourceTag: 'layer:domain',
    onlyDependOnLibsWithTags: ['layer:domain'],
    allowedExternalImports: ['vitest', 'fast-check'],
  },
  {
    sourceTag: 'layer:contracts',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:contracts'],
    allowedExternalImports: ['zod', 'vitest', 'fast-check'],
  },
  { sourceTag: 'platform:base', onlyDependOnLibsWithTags: ['platform:none'] },
  {
    sourceTag: 'platform:adapter',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:contracts', 'platform:base', 'layer:testing'],
  },
  {
    sourceTag: 'platform:kit',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:contracts', 'layer:platform', 'layer:testing'],
  },
  {
    sourceTag: 'layer:app',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:contracts', 'layer:platform', 'layer:testing'],
    bannedExternalImports: ['typeorm', 'pg', '@nats-io/*', 'livekit-server-sdk'],
  },
  { sourceTag: 'layer:sdk', onlyDependOnLibsWithTags: ['layer:sdk'] },
  {
    sourceTag: 'layer:testing',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:contracts', 'layer:platform', 'layer:sdk', 'layer:testing'],
  },
  { sourceTag: 'layer:test', onlyDependOnLibsWithTags: ['layer:contracts', 'layer:testing', 'layer:sdk'] },
  {
    sourceTag: 'layer:tools',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:contracts', 'layer:platform', 'layer:testing', 'layer:tools'],
  },
  { sourceTag: 'layer:examples', onlyDependOnLibsWithTags: ['layer:sdk'] },
];

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'coverage/**',
      '.nx/**',
      '.callplane/**',
      'node_modules/**',
      '**/*.d.ts',
      '.dependency-cruiser.cjs',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.recommendedTypeCheckedOnly,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints: layers },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.suite.ts', 'test/**/*.ts', 'libs/testing/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
  {
    // The core decides; it never asks the world. Time and randomness are arguments.
    files: ['libs/domain/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'fetch',
        'console',
        'performance',
        'crypto',
        'Buffer',
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time is an argument in the domain.' },
        { object: 'Math', property: 'random', message: 'Randomness is an argument in the domain.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time is an argument in the domain.',
        },
      ],
    },
  },
  {
    // Prints docs/configuration.md from the services' schemas; dependency-cruiser lets it read nothing else of an app.
    files: ['tools/gen-docs.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    // Programs a person reads on a terminal.
    files: ['tools/**', 'examples/**', 'test/bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      parserOptions: { projectService: false },
      globals: {
        process: 'readonly',
        console: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
);
