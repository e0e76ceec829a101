/** The description of a metric, with its names in OpenTelemetry. {@link prometheusName} returns its name in Prometheus. */
export interface Metric {
  /** The name in OpenTelemetry, such as `sessionkeep.requests`. */
  readonly name: string
  /** `gauge`: read when somebody asks. `counter`: only grows. `histogram`: durations, in buckets. */
  readonly kind: 'gauge' | 'counter' | 'histogram'
  /** The unit by UCUM: `s` for seconds, or the name of what is counted in braces. It is empty for states. */
  readonly unit: string
  readonly description: string
  /** The names of its attributes. Prometheus has `_` in place of each dot. */
  readonly attributes: readonly string[]
}

const POOL = 'sessionkeep.pool'
const STORE = 'sessionkeep.store'

/** The metrics of a pool. */
export const METRICS = [
  {
    ...{ name: 'sessionkeep.health', kind: 'gauge', unit: '' },
    description: 'Is 1 for the present status of the pool, as health() says it.',
    attributes: [POOL, 'sessionkeep.status'],
  },
  {
    ...{ name: 'sessionkeep.persistence', kind: 'gauge', unit: '' },
    description: 'Is 1 for the reason of the present state of persistence.',
    attributes: [POOL, 'sessionkeep.reason'],
  },
  {
    ...{ name: 'sessionkeep.host.up', kind: 'gauge', unit: '' },
    description: 'Is 1 while the host answers, else 0.',
    attributes: [POOL],
  },
  {
    ...{ name: 'sessionkeep.sessions', kind: 'gauge', unit: '{session}' },
    description: 'The living sessions.',
    attributes: [POOL, 'sessionkeep.status'],
  },
  {
    ...{ name: 'sessionkeep.sessions.limit', kind: 'gauge', unit: '{session}' },
    description: 'The most sessions that the pool allows.',
    attributes: [POOL],
  },
  {
    ...{ name: 'sessionkeep.sessions.unsaved', kind: 'gauge', unit: '{session}' },
    description: 'The living sessions whose latest state no store has acknowledged: what a crash would lose now.',
    attributes: [POOL],
  },
  {
    ...{ name: 'sessionkeep.sessions.ended', kind: 'gauge', unit: '{session}' },
    description: 'The workspaces without a living session whose last record is kept.',
    attributes: [POOL],
  },
  {
    ...{ name: 'sessionkeep.requests.active', kind: 'gauge', unit: '{request}' },
    description: 'The requests that have begun and not ended.',
    attributes: [POOL],
  },
  {
    ...{ name: 'sessionkeep.unsaved.age', kind: 'gauge', unit: 's' },
    description: 'The age of the oldest change that some store has not acknowledged.',
    attributes: [POOL],
  },
  {
    ...{ name: 'sessionkeep.store.up', kind: 'gauge', unit: '' },
    description:
      'Is 1 while the store is written, or read by an observer; 0 while it fails, is locked or not attached.',
    attributes: [POOL, STORE, 'sessionkeep.role'],
  },
  {
    ...{ name: 'sessionkeep.store.dirty', kind: 'gauge', unit: '{record}' },
    description: 'The records that wait to be written to the store or deleted from it.',
    attributes: [POOL, STORE],
  },
  {
    ...{ name: 'sessionkeep.store.unsaved.age', kind: 'gauge', unit: 's' },
    description: 'The age of the oldest change that the store has not acknowledged.',
    attributes: [POOL, STORE],
  },
  {
    ...{ name: 'sessionkeep.requests', kind: 'counter', unit: '{request}' },
    description: 'The requests that have begun in this process.',
    attributes: [POOL],
  },
  {
    ...{ name: 'sessionkeep.events', kind: 'counter', unit: '{event}' },
    description: 'The events of the pool.',
    attributes: [POOL, 'sessionkeep.event'],
  },
  {
    ...{ name: 'sessionkeep.sessions.found', kind: 'counter', unit: '{session}' },
    description: 'The sessions of earlier runs that were found, by what was known of them.',
    attributes: [POOL, 'sessionkeep.outcome'],
  },
  {
    ...{ name: 'sessionkeep.sessions.ends', kind: 'counter', unit: '{session}' },
    description: 'The sessions that have ended, by cause.',
    attributes: [POOL, 'sessionkeep.cause'],
  },
  {
    ...{ name: 'sessionkeep.store.records', kind: 'counter', unit: '{record}' },
    description: 'The names in the calls of a store.',
    attributes: [POOL, STORE, 'db.operation.name'],
  },
  {
    ...{ name: 'sessionkeep.call.duration', kind: 'histogram', unit: 's' },
    description: 'How long the asynchronous methods of the pool take; error.type is set for those that failed.',
    attributes: [POOL, 'sessionkeep.call', 'error.type'],
  },
  {
    ...{ name: 'sessionkeep.store.call.duration', kind: 'histogram', unit: 's' },
    description: 'How long the calls of a store take; error.type is set for those that failed.',
    attributes: [POOL, STORE, 'db.operation.name', 'error.type'],
  },
] as const satisfies readonly Metric[]

/** The name of a metric. */
export type MetricName = (typeof METRICS)[number]['name']

/**
 * The upper bounds of the buckets of durations, seconds: from a call that only uses memory to a call that times out.
 */
export const DURATION_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

/** The attributes of one value. */
export type Attributes = Readonly<Record<string, string>>

/**
 * The name of a metric in Prometheus. It is the name that exporters of OpenTelemetry give it: dots become `_`, and unit
 * and kind are appended.
 * @example `METRICS.map(prometheusName)`
 */
export function prometheusName({ name, unit, kind }: Metric): string {
  const base = name.replaceAll('.', '_')
  return `${base}${unit === 's' ? '_seconds' : ''}${kind === 'counter' ? '_total' : ''}`
}
