import { backoffMs } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { withTimeout } from '../base/timeout.ts'
import type { StoreContext } from '../contracts/metadata-store.ts'
import { codeOf } from '../errors/code-of.ts'
import { StoreError } from '../errors/store-error.ts'
import type { StoreCalls } from './store-calls.ts'
import { toStoreError } from './store-failure.ts'

/**
 * - `detached`: not asked to attach yet, or let go for good.
 * - `joining`: being opened, read and joined for the first time.
 * - `attached`: joined; what changes is written.
 * - `degraded`: failing; tried again by itself.
 * - `locked`: another writer holds it; read, not written, until it is free.
 * - `observing`: read by a pool that never writes.
 */
export type ReplicaState = 'detached' | 'joining' | 'attached' | 'degraded' | 'locked' | 'observing'

export interface ReplicaTiming {
  /** How long one store call may take, ms. */
  readonly callTimeoutMs: number
  /** Between attempts on a failing store, ms: doubling from the first to the second. */
  readonly backoff: { readonly minMs: number; readonly maxMs: number }
  /** Between attempts on a held lock, ms. */
  readonly lockRetryMs: number
}

export interface ConnectionOptions {
  readonly calls: StoreCalls
  readonly clock: Clock
  readonly label: string
  readonly context: Omit<StoreContext, 'signal' | 'readOnly'>
  /** Whether the pool never writes. */
  readonly readOnly: boolean
  readonly timing: ReplicaTiming
  /** Reads the store whole and joins what it has with what the pool knows; `joined()` is called in it. */
  readonly join: () => Promise<void>
  /** Tries the store out before it is joined for the first time. */
  readonly probe?: (() => Promise<void>) | undefined
  /** Settles once no read of the store is under way. */
  readonly reads: () => Promise<unknown>
  /** Called when the store may be written. */
  readonly onAttached: () => void
  readonly onState: (state: ReplicaState, error: StoreError | undefined) => void
}

/** How the connection stands, and when it is tried next. */
interface Status {
  readonly state: ReplicaState
  readonly error?: StoreError | undefined
  /** Attempts, and uses of it, that failed since one worked. */
  readonly failures: number
  /** Monotonic ms; infinite while there is nothing to try. */
  readonly nextAt: number
}

/** What is open. */
interface Access {
  readonly mode: 'closed' | 'reading' | 'writing'
  /** Whether the store may hold something: an opening that was given up can still succeed. */
  readonly isTouched: boolean
  readonly isJoined: boolean
  readonly isProbed: boolean
  /** Whether it has to be closed and opened anew before it is used again. */
  readonly isStale: boolean
  /** Settles when no opening is under way. */
  readonly opening: Promise<unknown>
}

/** One round of the loop, for those who wait for its end. */
interface Round {
  readonly ended: Promise<void>
  end(): void
}

function newRound(): Round {
  const { promise, resolve } = deferred()
  return { ended: promise, end: resolve }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let settle: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    settle = resolve
  })
  return { promise, resolve: settle }
}

/**
 * The connection to one store, as one loop that runs behind the pool until it is detached: open, try out, join, then be
 * ready until it fails, is locked or is asked to try at once; then back off and begin again.
 */
export function createConnection(options: ConnectionOptions) {
  const { calls, clock, label, context, readOnly, timing, join, probe, reads, onAttached, onState } = options
  const detached = new AbortController()
  const wake = new EventTarget()
  const closing = { done: Promise.resolve() as Promise<unknown>, loop: undefined as Promise<void> | undefined }
  let status: Status = { state: 'detached', failures: 0, nextAt: Number.POSITIVE_INFINITY }
  let access: Access = {
    ...{ mode: 'closed', isTouched: false, isJoined: false, isProbed: false, isStale: false },
    opening: Promise.resolve(),
  }
  let round = newRound()

  const become = (next: Omit<Status, 'failures'> & { readonly failures?: number }): void => {
    const before = status.state
    status = { failures: status.failures, ...next }
    wake.dispatchEvent(new Event('change'))
    if (before !== next.state || next.state === 'degraded') onState(next.state, next.error)
  }

  const close = async (): Promise<void> => {
    // A read that is under way would take the closing for a failure of the store.
    await reads()
    access = { ...access, mode: 'closed' }
    await calls.close()
    access = { ...access, isTouched: false }
  }

  const openWith = async (onlyReading: boolean): Promise<void> => {
    if (access.isTouched) await close()
    access = { ...access, isTouched: true }
    await calls.open({ ...context, readOnly: onlyReading })
    access = { ...access, mode: onlyReading ? 'reading' : 'writing' }
  }

  /** Opens for writing where nobody else does, else for reading; gives what the lock said then. */
  const open = async (): Promise<StoreError | undefined> => {
    const isUnusable = access.isTouched && access.mode !== 'writing'
    if (calls.unconfirmed() || access.isStale || isUnusable) await close()
    access = { ...access, isStale: false }
    if (access.mode === 'writing') return undefined
    try {
      await openWith(readOnly)
      return undefined
    } catch (cause) {
      if (codeOf(cause) !== 'STORE_LOCKED') throw cause
      await openWith(true)
      return cause as StoreError
    }
  }

  const joinWhole = async (): Promise<void> => {
    access = { ...access, isJoined: false }
    await join()
    if (access.isJoined) return
    throw new StoreError('STORE_UNAVAILABLE', 'The store did not answer while it was being joined.')
  }

  const attempt = async (): Promise<void> => {
    try {
      const opening = open()
      access = { ...access, opening: Promise.allSettled([opening]) }
      const locked = await opening
      if (detached.signal.aborted) return
      if (!access.isProbed && !locked && !readOnly) await probe?.()
      access = { ...access, isProbed: true }
      const isStillLocked = locked !== undefined && access.isJoined && status.state === 'locked'
      if (!isStillLocked) await joinWhole()
      if (detached.signal.aborted) return
      if (locked) {
        become({ state: 'locked', error: locked, failures: 0, nextAt: clock.now() + timing.lockRetryMs })
      } else {
        // A store that can only be read proves nothing by being read; others are well once a write has succeeded.
        const failures = readOnly ? 0 : status.failures
        const state = readOnly ? 'observing' : 'attached'
        become({ state, failures, nextAt: Number.POSITIVE_INFINITY })
        if (state === 'attached') onAttached()
      }
    } catch (cause) {
      if (!access.isJoined) access = { ...access, isStale: access.mode !== 'closed' }
      failed(toStoreError(cause, label, 'attach'))
    }
  }

  const failed = (error: StoreError): void => {
    if (status.state === 'detached') return
    if (error.code === 'STORE_CLOSED') access = { ...access, isStale: true }
    const failures = status.failures + 1
    become({ state: 'degraded', error, failures, nextAt: clock.now() + backoffMs(failures, timing.backoff) })
    // What hung may have ended well: then there is nothing to wait for.
    void calls.unconfirmed()?.then(tryNow)
  }

  const tryNow = (): void => {
    if (status.state !== 'degraded') return
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
    /** A call of it has failed. */
    failed,
    canRead: (): boolean => access.mode !== 'closed',
    /** Settles when it is not being opened. */
    settled: (): Promise<unknown> => access.opening,
    /** Settles once it is let go whole, however long that takes. */
    closed: (): Promise<unknown> => closing.done,
    isJoined: (): boolean => access.isJoined,
    joined(): void {
      access = { ...access, isJoined: true }
    },
    /** The store has taken what it was given: the next failure is a first one. */
    worked(): void {
      status = { ...status, failures: 0 }
    },
    /** Begins the loop. Resolves after the first attempt; rejects where the store can never work as configured. */
    async attach(): Promise<void> {
      become({ state: 'joining', nextAt: clock.now() })
      const first = round.ended
      closing.loop ??= run()
      await first
      if (codeOf(status.error) === 'STORE_MISCONFIGURED') throw status.error
    },
    /** Tries a failing store at once, and waits for one that is being attached; resolves when that was tried. */
    async retryNow(): Promise<void> {
      if (status.state !== 'degraded' && status.state !== 'joining') return
      const { ended } = round
      if (clock.now() < status.nextAt) tryNow()
      await ended
    },
    /** Ends the loop and closes the store; resolves by `timeoutMs`, closed or not. */
    async detach(timeoutMs: number): Promise<void> {
      detached.abort()
      become({ state: 'detached', nextAt: Number.POSITIVE_INFINITY })
      const { loop } = closing
      if (!loop) return
      closing.done = loop
        .then(() => (access.isTouched ? close() : undefined))
        // Given up is not closed: what is still under way may be done after all.
        .catch(() => calls.unconfirmed())
      await withTimeout(timeoutMs, undefined, () => closing.done, {
        clock,
        keepAlive: true,
        onTimeout: () => undefined,
      })
    },
  }
}
