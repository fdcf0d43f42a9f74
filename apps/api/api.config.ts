import { sharedConfig } from '@callplane/config';
import { z } from 'zod';

const flag = z.enum(['0', '1', 'true', 'false']).default('0');

/** What `api` reads from the environment, on top of the shared variables. */
export const apiConfig = sharedConfig.extend({
  CALLPLANE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Origin under which runners reach this service, like https://api.example.com; unset = the host each runner dialled.',
    ),
  CALLPLANE_JWT_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('HS256 secret of `Authorization: JWT`; unset, and no JWKS URL either = JWTs are refused with 401.'),
  CALLPLANE_JWT_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where the public keys of `Authorization: JWT` are; wins over the secret.'),
  CALLPLANE_DEV_LOOPBACK_WEBHOOKS: flag
    .transform((value) => value === '1' || value === 'true')
    .describe('1 = webhook endpoints may be http and on loopback addresses. For development only.'),
});
export type ApiConfig = z.infer<typeof apiConfig>;
