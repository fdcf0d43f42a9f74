export { connectNats, type NatsConnection } from './connect-nats.ts';
export { NatsBus, NoResponderError, type BusSubscription } from './nats-bus.ts';
export { provisionStreams } from './provision-streams.ts';
export { FactPublisher } from './fact-publisher.ts';
export { EventPublisher } from './event-publisher.ts';
export { consumeStream, type Consumption, type StreamMessage } from './consume-stream.ts';
export { settlementOf, type HandlerOutcome, type Settlement } from './settlement.ts';
export { BeatWatcher, startBeat } from './beats.ts';
