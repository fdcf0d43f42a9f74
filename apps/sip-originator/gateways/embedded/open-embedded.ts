import { createUserAgent } from '@callplane/sip';
import type { Logger } from '@callplane/telemetry';
import type { SipOriginatorConfig } from '../../sip-originator.config.ts';
import { LegJournal, type JournalStore } from '../leg-journal.ts';
import { EmbeddedGateway } from './embedded-gateway.ts';

import { MediaPool } from './media-pool.ts';

/** Builds the embedded gateway out of its settings. Nothing is bound before `start`. `workerFile` is the media worker's program. */
export function openEmbedded(
  config: SipOriginatorConfig,
  node: string,
  store: JournalStore,
  log: Logger,
  workerFile?: string,
): EmbeddedGateway {
  const host = config.SIP_ADVERTISED_HOST ?? config.SIP_HOST;
  const bind = config.SIP_MEDIA_HOST ?? config.SIP_HOST;
  const media = { bind, advertised: config.SIP_ADVERTISED_HOST ?? bind };
  if ([host, media.advertised].some((address) => address === '0.0.0.0' || address === '::'))
    throw new Error('SIP_HOST or SIP_MEDIA_HOST is every address of this machine: name one in SIP_ADVERTISED_HOST');
  const ua = createUserAgent({
    bind: { host: config.SIP_HOST, port: config.SIP_PORT, transports: config.SIP_TRANSPORTS },
    ...(config.SIP_ADVERTISED_HOST === undefined ? {} : { advertise: { host } }),
    userAgentName: 'Callplane',
    log,
  });
  const pool = new MediaPool({
    node,
    logLevel: config.LOG_LEVEL,
    rtpMissingMs: config.RTP_MISSING_MS,
    rtpLostMs: config.RTP_LOST_MS,
    callsPerWorker: config.SIP_CALLS_PER_WORKER,
    recycleAfterCalls: config.SIP_WORKER_RECYCLE_CALLS,
    log,
    ...(workerFile === undefined ? {} : { file: workerFile }),
  });
  const livekit = { url: config.LIVEKIT_URL, apiKey: config.LIVEKIT_API_KEY, apiSecret: config.LIVEKIT_API_SECRET };
  return new EmbeddedGateway({
    ua,
    pool,
    journal: new LegJournal(store, node, log),
    livekit,
    sipHost: host,
    media,
    log,
  });
}
