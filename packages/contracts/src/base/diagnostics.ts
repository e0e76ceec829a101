import { type Channel, channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/**
 * The names of the diagnostics channels, for `subscribe()` of `node:diagnostics_channel`. Those of `TRACED` are names of
 * tracing channels, for `tracingChannel()`. A message has names, codes and causes alone: no attribute, no text, no screen and
 * no message of an error.
 *
 * - `sessionkeep:event`: an event of a pool, as an {@link EventMessage}.
 * - `sessionkeep:request`: a request has begun, as a {@link RequestMessage}.
 * - `sessionkeep:selection`: the selection of stores was evaluated, as a {@link SelectionMessage}.
 */
export const CHANNELS = ['sessionkeep:event', 'sessionkeep:request', 'sessionkeep:selection'] as const

/**
 * The names of the tracing channels: of the asynchronous methods of pools, with a {@link CallMessage}, and of the calls of stores,
 * with a {@link StoreCallMessage}. One message object goes through all events of one call.
 */
export const TRACED = ['sessionkeep.call', 'sessionkeep.store'] as const

/** An event of a pool, without what may be confidential. */
export interface EventMessage {
  /** The owner that the records of the pool name: its `poolId`, else its session prefix. */
  readonly pool: string
  /** The name of the event, such as `session:created`. */
  readonly event: string
  readonly workspace?: string
  readonly sessionName?: string
  readonly store?: string
  readonly host?: string
  /** How a living session was found: `recovered`, `adopted`, `unverified` or `recreated`. */
  readonly outcome?: string
  /** Why a session ended, as in its record. */
  readonly cause?: string
  /** The stores that were active before and after a switch. */
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  /** The layer that selected the stores. */
  readonly layer?: string
  /** The code of the error. */
  readonly code?: string
}

/** A request that has begun. */
export interface RequestMessage {
  readonly pool: string
  readonly workspace: string
}

/** The stores that the layers select, at the start and after each change. */
export interface SelectionMessage {
  readonly pool: string
  readonly store: string
  readonly mirror: readonly string[]
  /** The layer that decided. */
  readonly layer: string
  /** The state of that layer: `set`, or `kept` if its last good value is used. */
  readonly state: string
  /** The key of the flag; absent if no flag is configured. */
  readonly flag?: string
}

/** A call of an asynchronous method of a pool. */
export interface CallMessage {
  readonly pool: string
  /** The name of the method, such as `withRequest`. */
  readonly call: string
  readonly workspace?: string
  /** The code of the error, or its class if it has none; set when the call has failed. */
  code?: string
}

/** A call of a store by a pool. */
export interface StoreCallMessage {
  readonly pool: string
  /** The name of the store within the pool. */
  readonly store: string
  /** The method of the store, such as `setMany`. */
  readonly operation: string
  /** The number of names in the call; absent for a call without names. */
  readonly records?: number
  /** The code of the error; set when the call has failed. */
  code?: string
}

// A channel that nothing refers to may be garbage-collected with its subscribers, so all channels are held here.
const plain = {
  event: channel(CHANNELS[0]),
  request: channel(CHANNELS[1]),
  selection: channel(CHANNELS[2]),
}
const tracing = { call: tracingChannel(TRACED[0]), store: tracingChannel(TRACED[1]) }

interface Messages {
  readonly event: EventMessage
  readonly request: RequestMessage
  readonly selection: SelectionMessage
}

/**
 * Whether anybody listens to a channel that is asked about at each request. Each has a function of its own, since to look a
 * channel up by its name would take a tenth of the time of a request.
 */
export const isObserved = {
  event: (): boolean => plain.event.hasSubscribers,
  request: (): boolean => plain.request.hasSubscribers,
}

/** Publishes the message that `make` returns, which is called only if somebody listens. */
export function publish<Name extends keyof Messages>(name: Name, make: () => Messages[Name]): void {
  const to: Channel = plain[name]
  if (to.hasSubscribers) to.publish(make())
}

/** Runs a call, and publishes its beginning and its end on a tracing channel. Without subscribers it only runs the call. */
export function traced<Result>(
  name: keyof typeof tracing,
  make: () => CallMessage | StoreCallMessage,
  run: () => Promise<Result>,
): Promise<Result> {
  const channels: TracingChannel = tracing[name]
  if (!isHeard(channels)) return run()
  const message = make()
  return channels.start.runStores(message, async () => {
    try {
      const running = run()
      channels.end.publish(message)
      return await running
    } catch (error) {
      message.code = codeOrClass(error)
      channels.error.publish(message)
      throw error
    } finally {
      channels.asyncStart.publish(message)
      channels.asyncEnd.publish(message)
    }
  })
}

/** Whether anybody listens to one of the channels. Bun's tracing channels do not say so as a whole. */
function isHeard({ start, end, asyncStart, asyncEnd, error }: TracingChannel): boolean {
  return [start, end, asyncStart, asyncEnd, error].some(({ hasSubscribers }) => hasSubscribers)
}

/** What a code or the name of a class looks like. A gateway may throw anything, also a text with a password as its code. */
const WORD = /^[\w.:-]{1,64}$/

/** The code of an error, else its class. All other parts of an error may be confidential. */
function codeOrClass(error: unknown): string {
  try {
    const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown }
    return [code, name].find((word): word is string => typeof word === 'string' && WORD.test(word)) ?? 'Error'
  } catch {
    // What others throw may be a proxy, or have a getter.
    return 'Error'
  }
}
