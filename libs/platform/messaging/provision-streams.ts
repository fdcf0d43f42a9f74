import { jetstreamManager, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { DEAD_FILTER, DEAD_STREAM, EVENT_FILTER, EVENT_STREAM, FACT_FILTER, FACT_STREAM } from '@callplane/contracts';

const HOUR_MS = 3_600_000;

const STREAMS: readonly (Partial<StreamConfig> & { name: string; subjects: string[] })[] = [
  { name: FACT_STREAM, subjects: [FACT_FILTER], max_age: nanos(24 * HOUR_MS) },
  { name: EVENT_STREAM, subjects: [EVENT_FILTER], max_age: nanos(24 * HOUR_MS) },
  { name: DEAD_STREAM, subjects: [DEAD_FILTER], max_age: nanos(30 * 24 * HOUR_MS) },
];

/** Creates the streams, or brings existing ones to this shape. Safe to run from every process at every start. */
export async function provisionStreams(nc: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(nc);
  for (const stream of STREAMS) {
    const config = {
      ...stream,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      duplicate_window: nanos(120_000),
    };
    // `add` answers an identical stream as success and a different one as an error: only then is it changed.
    await manager.streams.add(config).catch(() => manager.streams.update(stream.name, config));
  }
}
