import { z } from 'zod';

/** What a number can be: free, or attached to an agent or pipe. */
export const NUMBER_STATUSES = ['available', 'assigned'] as const;
/** `livekit`: reached through a LiveKit SIP trunk; `embedded`: through the gateway of this platform. */
export const TRUNK_TYPES = ['livekit', 'embedded'] as const;

/** Body of `POST` and `PUT .../numbers/{number}/attach`. */
export const attachNumberSchema = z.looseObject({
  agent_id: z.string().min(1).max(200).nullish(),
  pipe_id: z.string().min(1).max(200).nullish().meta({ description: 'Default: the default pipe of the agent.' }),
  number: z.string().max(50).nullish().meta({ description: 'E.164; the number in the path decides.' }),
});
export type AttachNumber = z.infer<typeof attachNumberSchema>;

/** What a number is rendered from. */
export interface NumberRecord {
  id: string;
  accountId: string;
  number: string;
  trunkId: string;
  trunkKind: 'embedded' | 'livekit-sip';
  providerTrunkId: string | null;
  country: string | null;
  pipeId: string | null;
  agentId: string | null;
  createdAt: Date;
  modifiedAt: Date;
}

/** The SDK's `Number`, with the agent it is attached to. */
export const numberSchema = z
  .object({
    number_id: z.string(),
    number: z.string(),
    trunk_type: z.enum(TRUNK_TYPES),
    capabilities: z.array(z.string()),
    status: z.enum(NUMBER_STATUSES),
    project_id: z.string(),
    trunk_id: z.string(),
    provider_trunk_id: z.string().nullable(),
    country: z.string().nullable(),
    pipe_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    created: z.iso.datetime(),
    modified: z.iso.datetime(),
  })
  .meta({ id: 'Number' });
export type NumberView = z.infer<typeof numberSchema>;

/** A number as REST shows it. */
export function renderNumber(number: NumberRecord): NumberView {
  return {
    number_id: number.id,
    number: number.number,
    trunk_type: number.trunkKind === 'livekit-sip' ? 'livekit' : 'embedded',
    capabilities: ['voice'],
    status: number.agentId === null && number.pipeId === null ? 'available' : 'assigned',
    project_id: number.accountId,
    trunk_id: number.trunkId,
    provider_trunk_id: number.providerTrunkId,
    country: number.country,
    pipe_id: number.pipeId,
    agent_id: number.agentId,
    created: number.createdAt.toISOString(),
    modified: number.modifiedAt.toISOString(),
  };
}
