/** The second fence: what the Nx rule cannot see (built-ins in the domain, sibling handler folders, test code in production). */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'libs/domain imports nothing but itself: no npm package, no Node built-in.',
      from: { path: '^libs/domain', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/domain' },
    },
    {
      name: 'handlers-keep-apart',
      severity: 'error',
      comment:
        'A handler folder imports itself, the libs, files at its app root and the adapters behind the app’s port; never a sibling handler.',
      from: { path: '^apps/([^/]+)/([^/]+)/.+', pathNot: '\\.int\\.spec\\.ts$' },
      to: { path: '^apps/$1/[^/]+/.+', pathNot: '^apps/$1/($2|providers|gateways)/' },
    },
    {
      name: 'apps-keep-apart',
      severity: 'error',
      comment: 'Apps talk over NATS and Postgres, never by import.',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'test-code-stays-in-tests',
      severity: 'error',
      comment: 'libs/testing is imported by specs, suites, test/ and the tools that start servers.',
      from: { path: '^(apps|libs)/', pathNot: '(\\.spec\\.ts$|\\.suite\\.ts$|^libs/testing/)' },
      to: { path: '^libs/testing' },
    },
    {
      name: 'black-box-tests',
      severity: 'error',
      comment: 'test/ drives the running system; it never imports an app.',
      from: { path: '^test/' },
      to: { path: '^apps/' },
    },
    {
      name: 'tools-read-config-only',
      severity: 'error',
      comment: 'Tools may read an app’s config schema to print docs/configuration.md, nothing else of an app.',
      from: { path: '^tools/' },
      to: { path: '^apps/', pathNot: '^apps/[^/]+/[^/]+\\.config\\.ts$' },
    },
    { name: 'no-circles', severity: 'error', from: { pathNot: 'node_modules' }, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
