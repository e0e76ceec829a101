import { Counter, Gauge, register as globalRegister, Histogram, type Registry } from 'prom-client'
import { type Attributes, DURATION_BUCKETS, METRICS, type MetricName, prometheusName } from './metrics.ts'
import { type Observation, observe, type Pools, poolsOf } from './observe.ts'
import { record } from './record.ts'

/** The options of {@link promMetrics}. */
export interface PromMetricsOptions {
  /** The registry that gets the metrics. @defaultValue the global one of prom-client */
  readonly register?: Registry | undefined
}

/** The metrics of pools in a registry of prom-client. */
export interface PromMetrics {
  /** The registry, for a route of the gateway or for `createHttpApp(pool, { metrics: register })`. */
  readonly register: Registry
  /** Stops counting, and removes the metrics from the registry. */
  readonly close: () => void
}

/**
 * Adds the metrics of pools to a registry of prom-client. Give all pools of a process in one call, since a registry can
 * have each metric only once.
 *
 * @throws An `Error` of prom-client when the registry has a metric of that name already.
 * @example
 * ```ts
 * const { register } = promMetrics(pool)
 * console.log(await register.metrics())
 * ```
 */
export function promMetrics(pools: Pools, { register = globalRegister }: PromMetricsOptions = {}): PromMetrics {
  const counters = new Map<MetricName, Counter>()
  const histograms = new Map<MetricName, Histogram>()
  const latest = readOnce(pools)
  for (const metric of METRICS) {
    const labelNames = metric.attributes.map(labelOf)
    const named = { name: prometheusName(metric), help: metric.description, labelNames, registers: [register] }
    if (metric.kind === 'counter') counters.set(metric.name, new Counter(named))
    else if (metric.kind === 'histogram')
      histograms.set(metric.name, new Histogram({ ...named, buckets: [...DURATION_BUCKETS] }))
    else new Gauge({ ...named, collect: collectOf(metric.name, latest) })
  }
  const stop = record(pools, {
    count: (name, value, attributes) => counters.get(name)?.inc(labelsOf(attributes), value),
    time: (name, seconds, attributes) => histograms.get(name)?.observe(labelsOf(attributes), seconds),
  })
  return {
    register,
    close() {
      stop()
      for (const metric of METRICS) register.removeSingleMetric(prometheusName(metric))
    },
  }
}

function collectOf(name: MetricName, latest: () => readonly Observation[]): (this: Gauge) => void {
  return function collect() {
    // This removes the values of the last scrape: a status or store that does not exist any more must not stay exposed.
    this.reset()
    for (const each of latest()) if (each.name === name) this.set(labelsOf(each.attributes), each.value)
  }
}

/** Reads the pools once for all gauges of a scrape, which are collected in one turn of the event loop. */
function readOnce(pools: Pools): () => readonly Observation[] {
  let latest: readonly Observation[] | undefined
  return () => {
    if (!latest) {
      latest = poolsOf(pools).flatMap(observe)
      queueMicrotask(() => {
        latest = undefined
      })
    }
    return latest
  }
}

const labelOf = (attribute: string): string => attribute.replaceAll('.', '_')

const labelsOf = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [labelOf(name), value]))
