import { sharedConfig } from '@callplane/config';
import { z } from 'zod';

/** What the media-bridge reads beside the shared variables. */
export const bridgeConfig = sharedConfig.extend({
  LIVEKIT_URL: z.string().min(1).describe('LiveKit server URL (ws:// or wss://).'),
  LIVEKIT_API_KEY: z.string().min(1).describe('API key of LiveKit.'),
  LIVEKIT_API_SECRET: z.string().min(1).describe('API secret of LiveKit.'),
});
export type BridgeConfig = z.infer<typeof bridgeConfig>;
