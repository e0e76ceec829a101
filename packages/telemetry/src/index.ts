export { type Attributes, DURATION_BUCKETS, METRICS, type Metric, type MetricName, prometheusName } from './metrics.ts'
export { type Observation, type ObservedPool, observe, type Pools } from './observe.ts'
export { type MetricSink, record } from './record.ts'
