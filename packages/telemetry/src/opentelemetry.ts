import {
  type Attributes as AnyAttributes,
  type BatchObservableCallback,
  type Meter,
  metrics,
  type Observable,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import {
  type CallMessage,
  CHANNELS,
  type SelectionMessage,
  type StoreCallMessage,
  TRACED,
} from '@sessionkeep/contracts/diagnostics'
import { DURATION_BUCKETS, METRICS, type MetricName } from './metrics.ts'
import { observe, type Pools, poolsOf } from './observe.ts'
import { follow, listen, record } from './record.ts'

/**
 * The one method of an OpenTelemetry logger that this package calls. `logs.getLogger('sessionkeep')` of
 * `@opentelemetry/api-logs` returns such a logger.
 */
export interface EventLogger {
  /** Takes one event. */
  emit(event: { readonly eventName: string; readonly attributes: Record<string, string> }): void
}

/** The options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** The meter for the metrics. With false, there are no metrics. @defaultValue `metrics.getMeter('sessionkeep')` */
  readonly meter?: Meter | false | undefined
  /** The tracer for the spans. With false, there are no spans. @defaultValue `trace.getTracer('sessionkeep')` */
  readonly tracer?: Tracer | false | undefined
  /** Where the events `feature_flag.evaluation` are written. @defaultValue nowhere, since the API of logs is not stable yet */
  readonly logger?: EventLogger | undefined
}

const [, , SELECTION] = CHANNELS
const [CALL, STORE_CALL] = TRACED

/**
 * Gives the metrics, the spans and the flag evaluations of pools to OpenTelemetry. Call it before `pool.start()`, so that the
 * start and the first evaluation are seen too. Returns a function that stops it.
 *
 * @example
 * ```ts
 * const stop = openTelemetry(pool, { logger: logs.getLogger('sessionkeep') })
 * ```
 */
export function openTelemetry(pools: Pools, options: OpenTelemetryOptions = {}): () => void {
  const { meter = metrics.getMeter('sessionkeep'), tracer = trace.getTracer('sessionkeep'), logger } = options
  const ours = new Set(poolsOf(pools).map((pool) => pool.health().pool))
  const ends = [
    ...(meter ? [addMetrics(pools, meter)] : []),
    ...(tracer ? [traceCalls(ours, tracer), traceStoreCalls(ours, tracer)] : []),
    ...(logger ? [listen<SelectionMessage>(SELECTION, ours, (message) => logger.emit(evaluationOf(message)))] : []),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function addMetrics(pools: Pools, meter: Meter): () => void {
  const gauges = new Map<MetricName, Observable>()
  const counters = new Map<MetricName, { add(value: number, attributes: AnyAttributes): void }>()
  const histograms = new Map<MetricName, { record(value: number, attributes: AnyAttributes): void }>()
  for (const { name, kind, unit, description } of METRICS) {
    const about = { unit, description }
    if (kind === 'gauge') gauges.set(name, meter.createObservableGauge(name, about))
    else if (kind === 'counter') counters.set(name, meter.createCounter(name, about))
    else {
      const advice = { explicitBucketBoundaries: [...DURATION_BUCKETS] }
      histograms.set(name, meter.createHistogram(name, { ...about, advice }))
    }
  }
  const collect: BatchObservableCallback = (result) => {
    for (const { name, value, attributes } of poolsOf(pools).flatMap(observe)) {
      const gauge = gauges.get(name)
      if (gauge) result.observe(gauge, value, attributes)
    }
  }
  const observed = [...gauges.values()]
  meter.addBatchObservableCallback(collect, observed)
  const stop = record(pools, {
    count: (name, value, attributes) => counters.get(name)?.add(value, attributes),
    time: (name, seconds, attributes) => histograms.get(name)?.record(seconds, attributes),
  })
  return () => {
    stop()
    meter.removeBatchObservableCallback(collect, observed)
  }
}

function traceCalls(pools: ReadonlySet<string>, tracer: Tracer): () => void {
  return spans<CallMessage>(CALL, pools, ({ pool, call, workspace }) => {
    const of = workspace === undefined ? {} : { 'sessionkeep.workspace': workspace }
    const attributes = { 'sessionkeep.pool': pool, 'sessionkeep.call': call, ...of }
    return tracer.startSpan(`sessionkeep ${call}`, { kind: SpanKind.INTERNAL, attributes })
  })
}

function traceStoreCalls(pools: ReadonlySet<string>, tracer: Tracer): () => void {
  return spans<StoreCallMessage>(STORE_CALL, pools, ({ pool, store, operation, records = 0 }) => {
    const of = { 'sessionkeep.pool': pool, 'sessionkeep.store': store, 'db.operation.name': operation }
    // By the conventions, only a batch of two or more has its size as an attribute.
    const attributes = { ...of, ...(records > 1 ? { 'db.operation.batch.size': records } : {}) }
    return tracer.startSpan(`${operation} ${store}`, { kind: SpanKind.CLIENT, attributes })
  })
}

function spans<Message extends CallMessage | StoreCallMessage>(
  name: string,
  pools: ReadonlySet<string>,
  start: (message: Message) => Span,
): () => void {
  const open = new WeakMap<Message, Span>()
  return follow<Message>(
    ...([name, pools] as const),
    (message) => open.set(message, start(message)),
    (message) => {
      const span = open.get(message)
      const { code } = message
      if (code !== undefined) span?.setAttribute('error.type', code).setStatus({ code: SpanStatusCode.ERROR })
      span?.end()
    },
  )
}

/**
 * The reason that the conventions give for each deciding layer. A call at run time and a flag decide for this pool
 * alone.
 */
const REASONS: Readonly<Record<string, string>> = {
  ...{ runtime: 'targeting_match', flag: 'targeting_match' },
  ...{ environment: 'static', config: 'static', default: 'default' },
}

/** The evaluation of the one flag that names the store, as the semantic conventions for feature flags describe it. */
function evaluationOf({ pool, store, layer, state, flag }: SelectionMessage): Parameters<EventLogger['emit']>[0] {
  const reason = state === 'kept' ? 'stale' : (REASONS[layer] ?? 'unknown')
  return {
    eventName: 'feature_flag.evaluation',
    attributes: {
      ...{ 'feature_flag.key': flag ?? 'sessionkeep.store', 'feature_flag.provider.name': 'sessionkeep' },
      ...{ 'feature_flag.result.variant': store, 'feature_flag.result.reason': reason },
      ...{ 'feature_flag.context.id': pool, 'sessionkeep.layer': layer },
    },
  }
}
