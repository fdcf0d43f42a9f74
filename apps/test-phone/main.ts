import { fileURLToPath } from 'node:url';
import { readConfig } from '@callplane/config';
import { createLogger } from '@callplane/telemetry';
import { readRecordings } from './recordings.ts';
import { serveHttp } from './serve-http.ts';
import { testPhoneConfig } from './test-phone.config.ts';
import { TestPhone } from './test-phone.ts';

const config = readConfig(testPhoneConfig, process.env);
const log = createLogger('test-phone', 'test-phone', config.LOG_LEVEL);
const phone = new TestPhone({
  host: config.SIP_HOST,
  sipPort: config.sipPort,
  recordings: readRecordings(fileURLToPath(new URL('./recordings/', import.meta.url))),
  recordDir: config.TEST_PHONE_RECORD_DIR,
  log,
});
await phone.listen();
const server = await serveHttp(phone, config.HOST, config.httpPort);
log.info({ sip: phone.address, http: server.address() }, 'phone.listening');

async function stop(): Promise<void> {
  server.close();
  server.closeAllConnections();
  await phone.close();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
