import { sharedConfig } from '@callplane/config';
import { SIP_TRANSPORTS } from '@callplane/sip';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const ms = z.coerce.number().int().positive();

export const sipOriginatorConfig = sharedConfig.extend({
  LIVEKIT_URL: z.string().min(1).describe('LiveKit server, ws:// or wss://; its server API is asked on the same host.'),
  LIVEKIT_API_KEY: z.string().min(1).describe('LiveKit API key.'),
  LIVEKIT_API_SECRET: z.string().min(1).describe('LiveKit API secret.'),
  SIP_GATEWAY: z
    .enum(['embedded', 'livekit-sip'])
    .default('embedded')
    .describe('Which gateway carries the legs: our own on this machine, or the SIP service of LIVEKIT_URL.'),
  SIP_HOST: z.string().default('127.0.0.1').describe('Address the embedded gateway listens on for SIP, UDP and TCP.'),
  SIP_PORT: port.default(5060).describe('SIP port of the embedded gateway; 0 takes a free one.'),
  SIP_ADVERTISED_HOST: z
    .string()
    .optional()
    .describe('Address in Via, Contact, From and SDP when it differs from SIP_HOST (NAT, 0.0.0.0).'),
  SIP_TRANSPORTS: z
    .string()
    .default('udp,tcp')
    .transform((list) => list.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(SIP_TRANSPORTS)).min(1))
    .describe('Transports the embedded gateway listens on.'),
  SIP_MEDIA_HOST: z.string().optional().describe('Address RTP is received on; default SIP_HOST.'),
  SIP_CALLS_PER_WORKER: z.coerce
    .number()
    .int()
    .positive()
    .default(20)
    .describe('Most calls one media worker process holds at a time.'),
  SIP_WORKER_RECYCLE_CALLS: z.coerce
    .number()
    .int()
    .positive()
    .default(200)
    .describe('Calls after which a media worker takes no more and is replaced once it is empty.'),
  RTP_MISSING_MS: ms.default(10_000).describe('ms without any RTP since the answer until it is reported.'),
  RTP_LOST_MS: ms.default(15_000).describe('ms without RTP after there was some until it is reported.'),
});
export type SipOriginatorConfig = z.infer<typeof sipOriginatorConfig>;
