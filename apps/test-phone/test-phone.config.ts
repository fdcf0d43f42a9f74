import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

/** Environment of the test phone. The `TEST_PHONE_` names win over those every service shares. */
export const testPhoneConfig = z
  .object({
    TEST_PHONE_SIP_PORT: port
      .optional()
      .describe('SIP port, UDP and TCP; default SIP_PORT, then 5070. 0 takes a free one.'),
    TEST_PHONE_HTTP_PORT: port.optional().describe('HTTP port; default PORT, then 8086. 0 takes a free one.'),
    TEST_PHONE_RECORD_DIR: z
      .string()
      .optional()
      .describe('Folder for a WAV of what each call heard; unset keeps none.'),
    SIP_HOST: z.string().default('127.0.0.1').describe('Address for SIP and RTP.'),
    SIP_PORT: port.default(5070).describe('SIP port when TEST_PHONE_SIP_PORT is not set.'),
    HOST: z.string().default('127.0.0.1').describe('Address the HTTP server binds.'),
    PORT: port.default(8086).describe('HTTP port when TEST_PHONE_HTTP_PORT is not set.'),
    LOG_LEVEL: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('Least level that is logged.'),
  })
  .transform((env) => ({
    ...env,
    sipPort: env.TEST_PHONE_SIP_PORT ?? env.SIP_PORT,
    httpPort: env.TEST_PHONE_HTTP_PORT ?? env.PORT,
  }));
