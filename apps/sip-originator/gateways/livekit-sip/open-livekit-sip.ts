import { createRoomAdmin, createSipClient } from '@callplane/livekit';
import type { Logger } from '@callplane/telemetry';
import type { SipOriginatorConfig } from '../../sip-originator.config.ts';
import { LegJournal, type JournalStore } from '../leg-journal.ts';
import { LiveKitSipGateway } from './livekit-sip-gateway.ts';

const POLL_MS = 500;

/** Builds the gateway on the SIP service of LIVEKIT_URL. */
export function openLiveKitSip(
  config: Pick<SipOriginatorConfig, 'LIVEKIT_URL' | 'LIVEKIT_API_KEY' | 'LIVEKIT_API_SECRET'>,
  node: string,
  store: JournalStore,
  log: Logger,
): LiveKitSipGateway {
  const access = { url: config.LIVEKIT_URL, apiKey: config.LIVEKIT_API_KEY, apiSecret: config.LIVEKIT_API_SECRET };
  return new LiveKitSipGateway({
    sip: createSipClient(access),
    rooms: createRoomAdmin(access),
    journal: new LegJournal(store, node, log),
    pollMs: POLL_MS,
    log,
  });
}
