import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import {
  type CallMessage,
  CHANNELS,
  type EventMessage,
  type RequestMessage,
  type StoreCallMessage,
  TRACED,
} from '@sessionkeep/contracts/diagnostics'
import type { Attributes, MetricName } from './metrics.ts'
import { type Pools, poolsOf } from './observe.ts'

/** Where counters and durations are recorded. Its functions must not throw. */
export interface MetricSink {
  /** Adds to a counter. */
  readonly count: (name: MetricName, value: number, attributes: Attributes) => void
  /** Notes a duration, seconds. */
  readonly time: (name: MetricName, seconds: number, attributes: Attributes) => void
}

const [EVENT, REQUEST] = CHANNELS
const [CALL, STORE_CALL] = TRACED

/**
 * Records the counters and durations of pools as they happen. Returns a function that stops the recording.
 *
 * @example
 * ```ts
 * const stop = record(pool, { count: (name, value) => statsd.increment(name, value), time: (name, seconds) => statsd.timing(name, seconds * 1000) })
 * ```
 */
export function record(pools: Pools, sink: MetricSink): () => void {
  const ours = new Set(poolsOf(pools).map((pool) => pool.health().pool))
  const failure = createFailure()
  const ends = [
    listen<EventMessage>(EVENT, ours, ({ pool, event, outcome, cause }) => {
      const of = { 'sessionkeep.pool': pool }
      sink.count('sessionkeep.events', 1, { ...of, 'sessionkeep.event': event })
      if (outcome) sink.count('sessionkeep.sessions.found', 1, { ...of, 'sessionkeep.outcome': outcome })
      if (cause) sink.count('sessionkeep.sessions.ends', 1, { ...of, 'sessionkeep.cause': cause })
    }),
    listen<RequestMessage>(REQUEST, ours, ({ pool }) => {
      sink.count('sessionkeep.requests', 1, { 'sessionkeep.pool': pool })
    }),
    timeCalls<CallMessage>(CALL, ours, ({ pool, call, code }, seconds) => {
      const attributes = { 'sessionkeep.pool': pool, 'sessionkeep.call': call, ...failure(code) }
      sink.time('sessionkeep.call.duration', seconds, attributes)
    }),
    timeCalls<StoreCallMessage>(STORE_CALL, ours, ({ pool, store, operation, records, code }, seconds) => {
      const of = { 'sessionkeep.pool': pool, 'sessionkeep.store': store, 'db.operation.name': operation }
      sink.time('sessionkeep.store.call.duration', seconds, { ...of, ...failure(code) })
      if (records) sink.count('sessionkeep.store.records', records, of)
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** The most codes and classes of errors that have an attribute value of their own. */
const MOST_ERRORS = 100
/** The value for any other error, by the semantic conventions. */
const OTHER = '_OTHER'

/**
 * Makes the attribute of an error. Each value of it is a series of its own, and a gateway may throw errors with a new
 * code for each request. So all codes beyond a limit share one value.
 */
function createFailure(): (code: string | undefined) => Attributes {
  const known = new Set<string>()
  return (code) => {
    if (code === undefined) return {}
    if (known.size < MOST_ERRORS) known.add(code)
    return { 'error.type': known.has(code) ? code : OTHER }
  }
}

/** Calls `listener` with the messages of these pools on a channel. Returns a function that removes the listener. */
export function listen<Message extends { readonly pool: string }>(
  channel: string,
  pools: ReadonlySet<string>,
  listener: (message: Message) => void,
): () => void {
  const onMessage = (message: unknown): void => {
    if (pools.has((message as Message).pool)) listener(message as Message)
  }
  subscribe(channel, onMessage)
  return () => void unsubscribe(channel, onMessage)
}

/** Calls `onStart` when a call of these pools begins and `onEnd` when it has ended, with the same message. Returns a function that removes both. */
export function follow<Message extends { readonly pool: string }>(
  name: string,
  pools: ReadonlySet<string>,
  onStart: (message: Message) => void,
  onEnd: (message: Message) => void,
): () => void {
  const only = (listener: (message: Message) => void) => (message: object) => {
    if (pools.has((message as Message).pool)) listener(message as Message)
  }
  const none = () => undefined
  const listeners = { start: only(onStart), asyncEnd: only(onEnd), end: none, error: none, asyncStart: none }
  const channels = tracingChannel(name)
  channels.subscribe(listeners)
  return () => void channels.unsubscribe(listeners)
}

function timeCalls<Message extends { readonly pool: string }>(
  name: string,
  pools: ReadonlySet<string>,
  onEnd: (message: Message, seconds: number) => void,
): () => void {
  const began = new WeakMap<object, number>()
  return follow<Message>(
    ...([name, pools] as const),
    (message) => began.set(message, performance.now()),
    (message) => {
      const at = began.get(message)
      // A call that began before anybody listened has no duration.
      if (at !== undefined) onEnd(message, (performance.now() - at) / 1000)
    },
  )
}
