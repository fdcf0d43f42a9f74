import { Module } from '@nestjs/common';
import { DeliverWebhookHandler } from './deliver-webhook/deliver-webhook.handler.ts';
import { RelayEventHandler } from './relay-event/relay-event.handler.ts';

@Module({ providers: [DeliverWebhookHandler, RelayEventHandler] })
export class NotifierModule {}
