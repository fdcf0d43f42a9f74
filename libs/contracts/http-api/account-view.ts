import { z } from 'zod';
import { callSettingsSchema } from './call-settings.ts';

/** Body of `PATCH /v1/account`: only what is given changes. */
export const updateAccountSchema = z.object({
  concurrency_cap: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .meta({ description: 'Most outbound calls that dial, ring or talk at once; 0 stops dialling.' }),
  settings: callSettingsSchema
    .extend({ max_call_duration_s: z.number().int().min(1).max(86_400).optional() })
    .strict()
    .optional()
    .meta({ description: 'Call settings of the whole account; replaces those it had. A pipe’s own win.' }),
});
export type UpdateAccount = z.infer<typeof updateAccountSchema>;

/** What an account is rendered from. */
export interface AccountRecord {
  id: string;
  orgHandle: string;
  name: string;
  concurrencyCap: number;
  settings: Record<string, unknown>;
  createdAt: Date;
}

/** The account the credentials belong to. */
export const accountSchema = z
  .object({
    account_id: z.string(),
    org_handle: z.string(),
    name: z.string(),
    concurrency_cap: z.int(),
    settings: z.record(z.string(), z.unknown()),
    created: z.iso.datetime(),
  })
  .meta({ id: 'Account' });
export type AccountView = z.infer<typeof accountSchema>;

/** An account as REST shows it. */
export function renderAccount(account: AccountRecord): AccountView {
  return {
    account_id: account.id,
    org_handle: account.orgHandle,
    name: account.name,
    concurrency_cap: account.concurrencyCap,
    settings: account.settings,
    created: account.createdAt.toISOString(),
  };
}
