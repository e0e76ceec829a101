import { type StoreCapabilities, StoreError } from '@sessionkeep/contracts'
import type { ConnectContext, Driver, Engine } from './engine.ts'
import { type Backend, storeError, timedOut } from './errors.ts'
import { raceAbort } from './race-abort.ts'

/** The longest pause between two beats, ms. */
const BEAT_MS = 2000
/** How long the answer to a beat may take, ms. */
const BEAT_TIMEOUT_MS = 3000

/**
 * One connection. Once it is lost, each call rejects with `STORE_CLOSED`: a server that comes back may have lost records,
 * or be another server, so the caller has to open the store again and read it.
 */
export interface Connection {
  /** The durability that the settings of the backend give. */
  readonly durability: StoreCapabilities['durability']
  /** Sentences about settings of the backend that endanger records. */
  readonly warnings: readonly string[]
  /**
   * Runs a task on the connection. Rejects with a `StoreError`, at the latest after `timeoutMs`. Then the signal of the task is
   * aborted, too, because what the task sent later could overwrite a newer record.
   */
  use<T>(signal: AbortSignal, task: (engine: Engine, signal: AbortSignal) => Promise<T>): Promise<T>
  /** Closes the connection within `timeoutMs`. */
  end(): Promise<void>
}

/** The parameters of {@link connectTo}. */
export interface ConnectionOptions extends Omit<ConnectContext, 'signal' | 'onLost'> {
  readonly driver: Driver
  readonly backend: Backend
  readonly timeoutMs: number
  /** Aborted when the caller no longer waits for the connection. */
  readonly signal: AbortSignal
  /** Called at most once, when the connection is lost after it was made. */
  readonly onLost?: ((error: StoreError) => void) | undefined
}

/**
 * Connects within `timeoutMs`. From then on a beat renews the lease. Even if there is no other call, the beat notices that the
 * connection is lost, that the server was emptied, or that it does not accept writes any more.
 */
export async function connectTo(options: ConnectionOptions): Promise<Connection> {
  const { driver, backend, timeoutMs, signal, onLost, ...use } = options
  const given = new AbortController()
  /** The number of calls that wait for an answer, and the number of calls that have succeeded. */
  const calls = { pending: 0, answered: 0 }
  let state: 'connecting' | 'open' | 'ended' | StoreError = 'connecting'

  const lose = (cause: unknown = new Error('the server closed the connection')): void => {
    const wasOpen = state === 'open'
    if (state === 'ended' || state instanceof StoreError) return
    const error = storeError(cause, backend, 'use')
    state = error
    given.abort(error)
    if (wasOpen) onLost?.(error)
  }

  /** The error of a call that was given up, also if an earlier call holds it up. */
  const late = (why: string, cause?: unknown): StoreError => {
    const holdUp = driver.heldUpBy?.(use.probe)
    return timedOut(backend, holdUp === undefined ? why : `${why}. ${holdUp}`, cause)
  }

  /** Runs a task for at most `ms`. */
  const within = async <T>(ms: number, caller: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    if (caller.aborted) throw timedOut(backend, 'the call was given up by its caller', caller.reason)
    const deadline = new AbortController()
    const giveUp = () => deadline.abort(late('the call was given up by its caller', caller.reason))
    const timer = setTimeout(() => deadline.abort(late(`${ms} ms have passed`)), ms)
    caller.addEventListener('abort', giveUp, { once: true })
    try {
      return await raceAbort(deadline.signal, task(deadline.signal))
    } finally {
      clearTimeout(timer)
      caller.removeEventListener('abort', giveUp)
    }
  }

  const connecting = driver.connect({ ...use, signal: given.signal, onLost: lose })
  let engine: Engine
  try {
    engine = await within(timeoutMs, signal, () => connecting)
  } catch (error) {
    state = 'ended'
    given.abort(error)
    // A connection that is made after the caller gave up would keep its lock for as long as this process lives.
    connecting.then(({ end }) => end()).catch(() => undefined)
    throw storeError(error, backend, 'open')
  }
  if (state !== 'connecting') throw state
  state = 'open'

  const beatMs = Math.min(BEAT_MS, (use.lease?.leaseMs ?? Number.POSITIVE_INFINITY) / 3)
  const never = new AbortController().signal
  /**
   * Waits for the answer to a beat. As long as the server answers other calls, the beat is not late, because a connection may
   * carry out one call after the other.
   */
  const answerTo = async (beating: Promise<void>): Promise<void> => {
    for (;;) {
      const { answered } = calls
      const idleMs = Math.min(timeoutMs, driver.beatTimeoutMs ?? BEAT_TIMEOUT_MS)
      try {
        return await within(calls.pending > 0 ? timeoutMs : idleMs, never, () => beating)
      } catch (error) {
        if (calls.answered === answered || state !== 'open') throw error
      }
    }
  }
  const beat = async (): Promise<void> => {
    if (!engine.beat) return
    try {
      await answerTo(engine.beat())
    } catch (error) {
      lose(error)
    }
    beatLater()
  }
  const counted = async <T>(call: Promise<T>): Promise<T> => {
    calls.pending += 1
    try {
      const answer = await call
      calls.answered += 1
      return answer
    } finally {
      calls.pending -= 1
    }
  }
  let timer: NodeJS.Timeout | undefined
  const beatLater = (): void => {
    // The connection keeps the process alive, not this timer.
    if (state === 'open') timer = setTimeout(beat, beatMs).unref()
  }
  beatLater()

  return {
    durability: engine.durability,
    warnings: engine.warnings ?? [],
    async use(caller, task) {
      if (state === 'ended') throw new StoreError('STORE_CLOSED', 'The Keyv store was closed.')
      if (state instanceof StoreError) throw afterLoss(state)
      try {
        return await within(timeoutMs, caller, (signal) => counted(task(engine, signal)))
      } catch (error) {
        throw storeError(error, backend, 'use')
      }
    },
    async end() {
      clearTimeout(timer)
      const wasOpen = state === 'open'
      state = 'ended'
      if (wasOpen) await within(timeoutMs, never, engine.end).catch(() => undefined)
      given.abort(new Error('the connection was closed'))
    },
  }
}

/** The error of a call on a connection that was lost earlier. */
function afterLoss(lost: StoreError): StoreError {
  const message = `The connection was lost, and the store must be opened anew: ${lost.message}`
  return new StoreError('STORE_CLOSED', message, { cause: lost, ...(lost.context && { context: lost.context }) })
}
