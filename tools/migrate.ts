import { DEMO_NUMBERS, migrate, seedDemo } from '@callplane/persistence';

/**
 * Brings the database of `DATABASE_URL` to the newest schema; with `DEMO_ORG_HANDLE` set it also creates the demo account.
 * The last line of its output is JSON: what was applied and, with a demo account, which agent calls which number.
 */
const url = process.env['DATABASE_URL'];
if (url === undefined || url === '') {
  console.error('migrate: DATABASE_URL is not set. Give it the Postgres URL of the platform.');
  process.exit(78);
}
const applied = await migrate(url);
const orgHandle = process.env['DEMO_ORG_HANDLE'];
if (orgHandle !== undefined) {
  await seedDemo(url, {
    orgHandle,
    platformToken: required('DEMO_PLATFORM_TOKEN'),
    apiKey: required('DEMO_API_KEY'),
    trunkUri: required('DEMO_TRUNK_URI'),
  });
}
console.log(JSON.stringify({ applied, agentId: 'demo-agent', fromNumber: DEMO_NUMBERS[0], toNumber: '+15550100001' }));

function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  console.error(`migrate: ${name} is not set; it is needed together with DEMO_ORG_HANDLE.`);
  process.exit(78);
}
