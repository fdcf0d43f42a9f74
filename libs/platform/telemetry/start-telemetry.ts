import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';

export interface Telemetry {
  /** Flushes what is buffered; never throws and never waits longer than 3 s. */
  stop(): Promise<void>;
}

/**
 * Starts OpenTelemetry traces when an OTLP endpoint is configured; without one the API stays a no-op and costs nothing.
 * Spans are made by hand at each step (`inSpan`), so no instrumentation package patches a library.
 */
export function startTelemetry(app: string, node: string, endpoint: string | undefined): Telemetry {
  if (endpoint === undefined) return { stop: () => Promise.resolve() };
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ 'service.name': `callplane-${app}`, 'service.instance.id': node }),
    traceExporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }),
    instrumentations: [],
  });
  sdk.start();
  return {
    stop: () =>
      Promise.race([
        sdk.shutdown().catch(() => undefined),
        new Promise<void>((resolve) => setTimeout(resolve, 3000).unref()),
      ]),
  };
}
