import { type Clock, codeOf, type StoreContext, StoreError, toStoreError } from '@sessionkeep/contracts'
import { backoffMs, deferred, type StoreCalls, withTimeout } from '@sessionkeep/contracts/internal'
import { newRound } from './round.ts'

/**
 * The state of a store behind the pool.
 *
 * - `detached`: the store has not been attached yet, or was detached for good.
 * - `joining`: the store is being opened, read and joined with memory for the first time.
 * - `attached`: the store is joined, and gets each change.
 * - `degraded`: the store fails; the pool retries by itself.
 * - `locked`: another writer holds the lock; the store is read but not written until the lock is free.
 * - `observing`: the store is read by a pool that never writes.
 */
export type ReplicaState = 'detached' | 'joining' | 'attached' | 'degraded' | 'locked' | 'observing'

/** The times of a connection. */
export interface ReplicaTiming {
  /** The time-out of one store call, ms. */
  readonly callTimeoutMs: number
  /** The pause between attempts on a failing store, ms: it doubles from `minMs` to `maxMs`. */
  readonly backoff: { readonly minMs: number; readonly maxMs: number }
  /** The pause between attempts to get a held lock, ms. */
  readonly lockRetryMs: number
}

/** The parameters of {@link createConnection}. */
export interface ConnectionOptions {
  readonly calls: StoreCalls
  readonly clock: Clock
  /** The name of the store for error messages. */
  readonly label: string
  /** The arguments of `open()`. */
  readonly context: Omit<StoreContext, 'signal' | 'readOnly' | 'onLost'>
  /** Whether the pool never writes. */
  readonly readOnly: boolean
  readonly timing: ReplicaTiming
  /** Reads the store and joins it with memory. Must call `noteJoined()`. */
  readonly join: () => Promise<void>
  /** Moves the records of former ids of the pool, before the store is first opened for writing. The store is closed then. */
  readonly move?: (() => Promise<void>) | undefined
  /** Tests the store before it is joined for the first time. */
  readonly probe?: (() => Promise<void>) | undefined
  /** Fulfils once no read of the store is under way. */
  readonly reads: () => Promise<unknown>
  /** Called each time the store may be written again. */
  readonly onAttached: () => void
  /** Called when the state changes, and at each failure. */
  readonly onState: (state: ReplicaState, error: StoreError | undefined) => void
}

/** With these codes `open()` says that the store can be read, but not written now. */
const ONLY_READABLE: ReadonlySet<string | undefined> = new Set(['STORE_LOCKED', 'STORE_READ_ONLY', 'STORE_FULL'])
/** After an error with one of these codes the store takes no more calls until it is opened again. */
const NEEDS_REOPEN: ReadonlySet<string> = new Set(['STORE_CLOSED', 'STORE_LOCKED'])
/** In these states the store is opened anew after a pause. */
const RETRIED: ReadonlySet<ReplicaState> = new Set(['degraded', 'locked'])

/** The state of the connection, and when the next attempt is due. */
interface Status {
  readonly state: ReplicaState
  readonly error?: StoreError | undefined
  /** How many attempts and writes failed since the last one that succeeded. */
  readonly failures: number
  /** When the next attempt is due, monotonic ms; infinite if none is. */
  readonly nextAt: number
  /** When the store last failed, ms since the epoch. */
  readonly lastErrorAt?: number | undefined
  /** Since when no write has succeeded after a failure, ms since the epoch. */
  readonly degradedSince?: number | undefined
}

/** How the store is open. */
interface Access {
  readonly mode: 'closed' | 'reading' | 'writing'
  /** Whether the store may have resources open: a call of `open()` that was given up can still succeed. */
  readonly mayBeOpen: boolean
  /** Whether the store was joined with memory since it was opened. */
  readonly isJoined: boolean
  /** Whether all of the store was read since it was opened. Of a large store, the living sessions are read first. */
  readonly isWhole: boolean
  /** Whether the store was tested, or could not be written when it was first joined. */
  readonly isProbed: boolean
  /** Whether the records of former ids were moved. */
  readonly isMoved: boolean
  /** Whether the store must be closed and opened again before it is used. */
  readonly needsReopen: boolean
  /** Identifies the last call of `open()`, because a store may report late that an earlier connection was lost. */
  readonly opened?: object | undefined
  /** Fulfils when `open()` is not under way. */
  readonly opening: Promise<unknown>
}

/**
 * Makes the connection to one store: a loop that runs in the background until it is detached. A round opens the store, tests it
 * and joins it. The next round begins after a failure, or while another writer holds the lock, each time after a pause, or at once on request.
 */
export function createConnection(options: ConnectionOptions) {
  const { calls, clock, label, context, readOnly, timing, join, move, probe, reads, onAttached, onState } = options
  const detached = new AbortController()
  /** Gets an event with each change of `status`. */
  const wake = new EventTarget()
  const closing = { done: Promise.resolve() as Promise<unknown>, loop: undefined as Promise<void> | undefined }
  let status: Status = { state: 'detached', failures: 0, nextAt: Number.POSITIVE_INFINITY }
  let access: Access = {
    ...{ mode: 'closed', mayBeOpen: false, isJoined: false, isWhole: false },
    ...{ isProbed: false, isMoved: false, needsReopen: false },
    opening: Promise.resolve(),
  }
  let round = newRound()

  /** Sets the status, and reports a new state and each failure. */
  const setStatus = (next: Omit<Status, 'failures'> & { readonly failures?: number }): void => {
    const before = status.state
    const { failures, lastErrorAt, degradedSince = clock.date() } = status
    status = { failures, lastErrorAt, ...(next.failures && { degradedSince }), ...next }
    wake.dispatchEvent(new Event('change'))
    if (before !== next.state || next.state === 'degraded') onState(next.state, next.error)
  }

  const close = async (): Promise<void> => {
    // Closing during a read would make the read fail, which would count as a failure of the store.
    await reads()
    access = { ...access, mode: 'closed', opened: undefined }
    await calls.close()
    access = { ...access, mayBeOpen: false }
  }

  /** Runs a task that opens the store. */
  const opening = async (task: () => Promise<void>): Promise<void> => {
    access = { ...access, mayBeOpen: true }
    await task().catch((error: unknown) => {
      // A store that refused is not closed: another pool may have it open. A call that was given up may still open it.
      access = { ...access, mayBeOpen: calls.unconfirmed() !== undefined }
      throw error
    })
  }

  /** Opens the store in one mode, after closing it if necessary. */
  const openWith = async (onlyReading: boolean): Promise<void> => {
    if (access.mayBeOpen) await close()
    const opened = {}
    access = { ...access, opened }
    const onLost = (error: StoreError): void => {
      if (access.opened === opened) noteLost(error)
    }
    await opening(() => calls.open({ ...context, readOnly: onlyReading, onLost }))
    access = { ...access, mode: onlyReading ? 'reading' : 'writing' }
  }

  /** Opens the store for writing. If it can only be read now, opens it for reading and returns the error that says why. */
  const open = async (): Promise<StoreError | undefined> => {
    const isUsable = access.mode === 'writing' && !access.needsReopen && !calls.unconfirmed()
    if (access.mayBeOpen && !isUsable) await close()
    access = { ...access, needsReopen: false }
    if (access.mode === 'writing') return undefined
    try {
      if (move && !readOnly && !access.isMoved) {
        await opening(move)
        access = { ...access, isMoved: true }
      }
      await openWith(readOnly)
      return undefined
    } catch (cause) {
      if (!ONLY_READABLE.has(codeOf(cause))) throw cause
      await openWith(true)
      return cause as StoreError
    }
  }

  /** Reads and joins the store; throws if it did not answer. */
  const joinOrThrow = async (): Promise<void> => {
    access = { ...access, isJoined: false, isWhole: false }
    await join()
    if (access.isJoined) return
    throw new StoreError('STORE_UNAVAILABLE', 'The store did not answer while it was being joined.')
  }

  /** One attempt: open, test, join. Never rejects; a failure becomes the state `degraded`. */
  const attempt = async (): Promise<void> => {
    try {
      const opened = open()
      access = { ...access, opening: Promise.allSettled([opened]) }
      const refused = await opened
      const isLocked = refused?.code === 'STORE_LOCKED'
      if (detached.signal.aborted) return
      if (!access.isProbed && !refused && !readOnly) await probe?.()
      access = { ...access, isProbed: true }
      const isStillLocked = isLocked && access.isJoined && status.state === 'locked'
      if (!isStillLocked) await joinOrThrow()
      if (detached.signal.aborted) return
      if (access.needsReopen) throw new StoreError('STORE_UNAVAILABLE', 'The connection was lost in the meantime.')
      if (isLocked) {
        setStatus({ state: 'locked', error: refused, failures: 0, nextAt: clock.now() + timing.lockRetryMs })
      } else if (refused) {
        noteFailure(refused)
      } else {
        // Reading succeeded, which proves nothing about writing. So the number of failures stays until a write has succeeded.
        const failures = readOnly ? 0 : status.failures
        const state = readOnly ? 'observing' : 'attached'
        setStatus({ state, failures, nextAt: Number.POSITIVE_INFINITY })
        if (state === 'attached') onAttached()
      }
    } catch (cause) {
      if (!access.isJoined) access = { ...access, needsReopen: access.mode !== 'closed' }
      noteFailure(toStoreError(cause, label, 'attach'))
    }
  }

  const noteFailure = (error: StoreError): void => {
    if (status.state === 'detached') return
    if (NEEDS_REOPEN.has(error.code)) access = { ...access, needsReopen: true }
    const failures = status.failures + 1
    const nextAt = clock.now() + backoffMs(failures, timing.backoff)
    setStatus({ state: 'degraded', error, failures, nextAt, lastErrorAt: clock.date() })
    // A call that timed out may still succeed; then the next attempt need not wait for the pause.
    void calls.unconfirmed()?.then(tryNow)
  }

  /** Nothing that the store said before counts any more: it may have come back empty, or as another server. */
  const noteLost = (error: StoreError): void => {
    access = { ...access, needsReopen: true, isJoined: false, isWhole: false }
    noteFailure(toStoreError(error, label, 'use'))
  }

  const tryNow = (): void => {
    if (!RETRIED.has(status.state)) return
    status = { ...status, nextAt: clock.now() }
    wake.dispatchEvent(new Event('change'))
  }

  /** Waits until the next attempt is due, or the connection is detached. */
  const untilDue = async (): Promise<void> => {
    while (!detached.signal.aborted && clock.now() < status.nextAt) {
      const { promise, resolve } = deferred()
      const cancel = Number.isFinite(status.nextAt)
        ? clock.after(status.nextAt - clock.now(), resolve)
        : () => undefined
      wake.addEventListener('change', resolve, { once: true })
      await promise
      cancel()
      wake.removeEventListener('change', resolve)
    }
  }

  const run = async (): Promise<void> => {
    while (!detached.signal.aborted) {
      await attempt()
      const { end } = round
      round = newRound()
      end()
      await untilDue()
    }
  }

  return {
    state: (): ReplicaState => status.state,
    error: (): StoreError | undefined => status.error,
    lastErrorAt: (): number | undefined => status.lastErrorAt,
    degradedSince: (): number | undefined => status.degradedSince,
    /** Notes that a call failed, and schedules the next attempt. */
    noteFailure,
    /** Whether the store is open, for reading at least. */
    canRead: (): boolean => access.mode !== 'closed',
    /** Fulfils when `open()` is not under way. */
    settled: (): Promise<unknown> => access.opening,
    /** Fulfils once the store is closed, however long that takes. Only after `detach()`. */
    closed: (): Promise<unknown> => closing.done,
    isJoined: (): boolean => access.isJoined,
    isWhole: (): boolean => access.isWhole,
    /** Notes that the store was joined. `isWhole`: after all of it was read. */
    noteJoined(isWhole: boolean): void {
      access = { ...access, isJoined: true, isWhole }
    },
    /** Notes that a write succeeded, so that the next failure counts as the first. */
    noteSuccess(): void {
      status = { ...status, failures: 0, degradedSince: undefined }
    },
    /** Starts the loop. Fulfils after the first attempt, also if it failed; rejects only if the store can never work as configured. */
    async attach(): Promise<void> {
      setStatus({ state: 'joining', nextAt: clock.now() })
      const first = round.ended
      closing.loop ??= run()
      await first
      if (codeOf(status.error) === 'STORE_MISCONFIGURED') throw status.error
    },
    /** Retries a failing or locked store at once, or waits for a store that is being attached; fulfils after that attempt. */
    async retryNow(): Promise<void> {
      if (!RETRIED.has(status.state) && status.state !== 'joining') return
      const { ended } = round
      if (clock.now() < status.nextAt) tryNow()
      await ended
    },
    /** Ends the loop and closes the store. Fulfils after at most `timeoutMs`, even if the store is not closed by then. */
    async detach(timeoutMs: number): Promise<void> {
      detached.abort()
      setStatus({ state: 'detached', nextAt: Number.POSITIVE_INFINITY })
      const { loop } = closing
      if (!loop) return
      closing.done = loop
        .then(() => (access.mayBeOpen ? close() : undefined))
        // A call of `close()` that timed out may still be running: then the store is closed once that has ended.
        .catch(() => calls.unconfirmed())
      await withTimeout(timeoutMs, undefined, () => closing.done, {
        clock,
        keepAlive: true,
        onTimeout: () => undefined,
      })
    },
  }
}
