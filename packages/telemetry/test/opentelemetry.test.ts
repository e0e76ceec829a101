import { SpanStatusCode } from '@opentelemetry/api'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { expect, onTestFinished, test } from 'vitest'
import { METRICS } from '../src/index.ts'
import { openTelemetry } from '../src/opentelemetry.ts'
import { makePool, unsteadyStore, useAll } from './support/pools.ts'

/** The SDK with exporters in memory. */
function sdk() {
  const [points, spans, logs] = [
    new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    new InMemorySpanExporter(),
    new InMemoryLogRecordExporter(),
  ]
  const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: points })] })
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const loggers = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: logs })] })
  onTestFinished(async () => void (await Promise.all([meters.shutdown(), tracers.shutdown(), loggers.shutdown()])))
  return {
    options: {
      meter: meters.getMeter('test'),
      tracer: tracers.getTracer('test'),
      logger: loggers.getLogger('test'),
    },
    spans: () => spans.getFinishedSpans(),
    logs: () => logs.getFinishedLogRecords(),
    async metrics() {
      await meters.forceFlush()
      return (
        points
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? []
      )
    },
  }
}

test('the SDK gets every metric with its unit and attributes, spans of calls and of stores, and evaluations', async () => {
  const { options, metrics, spans, logs } = sdk()
  const { store, state } = unsteadyStore()
  const pool = makePool('otel', store)
  onTestFinished(openTelemetry(pool, options))
  await useAll(pool, state)
  const got = await metrics()
  await pool.switchStore('memory')

  expect(got.map(({ descriptor }) => `${descriptor.name} ${descriptor.unit}`).sort()).toEqual(
    METRICS.map(({ name, unit }) => `${name} ${unit}`).sort(),
  )
  for (const { name, attributes } of METRICS) {
    const points = got.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
    const used = new Set(points.flatMap((point) => Object.keys(point.attributes)))
    expect([...used].sort(), name).toEqual([...attributes].sort())
  }

  const failed = spans().find(({ name }) => name === 'sessionkeep deleteSession')
  expect(failed).toBeDefined()
  expect(
    spans()
      .filter(({ status }) => status.code === SpanStatusCode.ERROR)
      .map(({ name, attributes }) => [name, attributes['error.type']]),
  ).toEqual(
    expect.arrayContaining([
      ['sessionkeep deleteSession', 'SESSION_NOT_FOUND'],
      ['setMany unsteady', 'STORE_UNAVAILABLE'],
    ]),
  )
  expect(spans().find(({ name }) => name === 'sessionkeep withRequest')?.attributes).toEqual({
    ...{ 'sessionkeep.pool': 'otel', 'sessionkeep.call': 'withRequest', 'sessionkeep.workspace': 'docs' },
  })
  expect(logs().map(({ eventName, attributes }) => [eventName, attributes])).toEqual([
    ['feature_flag.evaluation', expect.objectContaining({ 'feature_flag.result.variant': 'unsteady' })],
    [
      'feature_flag.evaluation',
      {
        ...{ 'feature_flag.key': 'sessionkeep.store', 'feature_flag.provider.name': 'sessionkeep' },
        ...{ 'feature_flag.result.variant': 'memory', 'feature_flag.result.reason': 'targeting_match' },
        ...{ 'feature_flag.context.id': 'otel', 'sessionkeep.layer': 'runtime' },
      },
    ],
  ])
  const all = JSON.stringify([got, spans().map(({ name, attributes, events }) => ({ name, attributes, events }))])
  expect(all).not.toContain('a-secret-4711')
  expect(all).not.toContain('customer')
})

test('measures nothing without a meter and a tracer, and nothing after stop()', async () => {
  const { options, metrics, spans, logs } = sdk()
  const pool = makePool('off')
  const stop = openTelemetry(pool, { ...options, meter: false, tracer: false })
  await pool.start()
  expect(logs()).toHaveLength(1)
  stop()
  openTelemetry(pool, options)()
  await pool.getOrCreateSession('docs')
  expect(spans()).toEqual([])
  expect((await metrics()).map(({ dataPoints }) => dataPoints.length).filter((count) => count > 0)).toEqual([])
  expect(logs()).toHaveLength(1)
})
