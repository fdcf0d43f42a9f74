import { context, SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

const tracer = trace.getTracer('callplane');
const propagator = new W3CTraceContextPropagator();

/** Runs `work` inside a span named after the step (`place-call`). A throw marks the span failed and is passed on. */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
  kind = SpanKind.INTERNAL,
): Promise<T> {
  return tracer.startActiveSpan(name, { attributes, kind }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The active trace as headers (`traceparent`, `tracestate`), empty when there is none. */
export function carryTrace(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagator.inject(context.active(), carrier, { set: (c: Record<string, string>, key, value) => (c[key] = value) });
  return carrier;
}

/** Runs `work` as a child of the trace in `headers` (read by `get`). */
export function continueTrace<T>(get: (name: string) => string | undefined, work: () => T): T {
  const parent = propagator.extract(context.active(), get, {
    get: (read: typeof get, key) => read(key),
    keys: () => ['traceparent', 'tracestate'],
  });
  return context.with(parent, work);
}

/** Trace id of the active span, for error answers; undefined outside a trace. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
