import { TrunkStore, type DataSource, type LegJournalStore } from '@callplane/persistence';
import type { FactPublisher } from '@callplane/messaging';
import { CONFIG, DATA_SOURCE, FACTS, JOURNAL_STORE, LOGGER, NODE_ID } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Module } from '@nestjs/common';
import { openEmbedded } from './gateways/embedded/open-embedded.ts';
import { openLiveKitSip } from './gateways/livekit-sip/open-livekit-sip.ts';
import type { SipGateway } from './gateways/sip-gateway.ts';
import { HangUpLegHandler } from './hang-up-leg/hang-up-leg.handler.ts';
import { LegDesk } from './leg-desk.ts';
import { PlaceCallHandler } from './place-call/place-call.handler.ts';
import { ReadLegHandler } from './read-leg/read-leg.handler.ts';
import { TrunkReader, TRUNKS } from './read-trunk.ts';
import { RunLegs } from './run-legs.ts';
import type { SipOriginatorConfig } from './sip-originator.config.ts';
import { SIP_GATEWAY } from './tokens.ts';

@Module({
  controllers: [PlaceCallHandler, HangUpLegHandler, ReadLegHandler],
  providers: [
    RunLegs,
    {
      provide: LegDesk,
      inject: [SIP_GATEWAY, TRUNKS, FACTS, LOGGER],
      // Open before the first command can arrive.
      useFactory: async (gateway: SipGateway, trunks: TrunkReader, facts: FactPublisher, log: Logger) => {
        const desk = new LegDesk(gateway, trunks, facts, log);
        await desk.start();
        return desk;
      },
    },
    {
      provide: TRUNKS,
      inject: [DATA_SOURCE, CONFIG],
      useFactory: (db: DataSource, config: SipOriginatorConfig) =>
        new TrunkReader(new TrunkStore(db), config.CALLPLANE_SECRET),
    },
    {
      provide: SIP_GATEWAY,
      inject: [CONFIG, JOURNAL_STORE, LOGGER],
      useFactory: (config: SipOriginatorConfig, journal: LegJournalStore, log: Logger): SipGateway =>
        config.SIP_GATEWAY === 'embedded'
          ? openEmbedded(config, NODE_ID, journal, log)
          : openLiveKitSip(config, NODE_ID, journal, log),
    },
  ],
})
export class SipOriginatorModule {}
