import { backoffMs } from '../base/backoff.ts'
import { atMost } from '../base/timeout.ts'
import type { StoreContext } from '../contracts/metadata-store.ts'
import { codeOf } from '../errors/code-of.ts'
import { StoreError } from '../errors/store-error.ts'
import type { ReplicaState, ReplicaTiming } from './replica-state.ts'
import type { StoreCalls } from './store-calls.ts'
import { toStoreError } from './store-failure.ts'

export interface AttachmentOptions {
  readonly calls: StoreCalls
  readonly label: string
  readonly context: Omit<StoreContext, 'signal' | 'readOnly'>
  readonly readOnly: boolean
  readonly timing: ReplicaTiming
  readonly join: () => Promise<void>
  /** Tries the store out before it is joined for the first time. */
  readonly probe?: (() => Promise<void>) | undefined
  /** Settles once nobody reads any more. */
  readonly unread: () => Promise<unknown>
  /** It may be written now. */
  readonly attached: () => void
  readonly onState: (state: ReplicaState, error: StoreError | undefined) => void
}

/** How one store is opened, joined, lost, tried again and let go. All of it runs behind the pool. */
export function createAttachment({
  calls,
  label,
  context,
  readOnly,
  timing,
  join,
  probe,
  attached,
  onState,
  unread,
}: AttachmentOptions) {
  let state: ReplicaState = 'detached'
  let error: StoreError | undefined
  let open: 'no' | 'reading' | 'writing' = 'no'
  /** Whether it may hold something: an opening that was given up can still succeed. */
  let touched = false
  let joined = false
  let probed = false
  let reopen = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let attempting: Promise<void> | undefined
  /** Settles when no opening or closing is under way. */
  let moving: Promise<unknown> = Promise.resolve()
  let closed: Promise<unknown> = Promise.resolve()

  const become = (next: ReplicaState, why?: StoreError): void => {
    error = why
    if (state === next && next !== 'degraded') return
    state = next
    onState(next, why)
  }

  const close = async (): Promise<void> => {
    // Not under a read: to that the store would seem to have failed.
    await unread()
    open = 'no'
    await calls.close()
    touched = false
  }

  const openWith = async (onlyReading: boolean): Promise<void> => {
    if (touched) await close()
    touched = true
    await calls.open({ ...context, readOnly: onlyReading })
    open = onlyReading ? 'reading' : 'writing'
  }

  /** Opens for writing where nobody else does, else for reading; gives back what the lock said. */
  const openUp = async (): Promise<StoreError | undefined> => {
    if (calls.inDoubt() || reopen || (touched && open !== 'writing')) await close()
    reopen = false
    if (open === 'writing') return undefined
    try {
      await openWith(readOnly)
      return undefined
    } catch (cause) {
      if (codeOf(cause) !== 'STORE_LOCKED') throw cause
      await openWith(true)
      return cause as StoreError
    }
  }

  const attempt = async (): Promise<void> => {
    clearTimeout(timer)
    try {
      const opening = openUp()
      moving = Promise.allSettled([opening])
      const locked = await opening
      if (state === 'detached') return await close()
      if (!probed && !locked && !readOnly) await probe?.()
      probed = true
      if (!(locked && joined && state === 'locked')) {
        joined = false
        await join()
        if (!joined) throw new StoreError('STORE_UNAVAILABLE', 'The store did not answer while it was being joined.')
      }
      settle(locked)
      if (state === 'attached') attached()
    } catch (cause) {
      if (!joined) reopen = open !== 'no'
      failed(toStoreError(cause, label, 'attach'))
    }
  }

  const settle = (locked: StoreError | undefined): void => {
    if (state === 'detached') return
    if (locked || readOnly) failures = 0
    if (locked) {
      become('locked', locked)
      timer = setTimeout(run, timing.lockRetryMs).unref()
    } else become(readOnly ? 'observing' : 'attached')
  }

  const run = (): Promise<void> => {
    attempting ??= attempt().finally(() => {
      attempting = undefined
    })
    return attempting
  }

  const failed = (cause: StoreError): void => {
    if (state === 'detached') return
    failures += 1
    if (cause.code === 'STORE_CLOSED') reopen = true
    become('degraded', cause)
    clearTimeout(timer)
    timer = setTimeout(run, backoffMs(failures, timing.backoff)).unref()
    void calls.inDoubt()?.then(() => {
      if (state === 'degraded') void run()
    })
  }

  return {
    state: (): ReplicaState => state,
    error: (): StoreError | undefined => error,
    failed,
    canRead: (): boolean => open !== 'no',
    settled: (): Promise<unknown> => moving,
    closed: (): Promise<unknown> => closed,
    isJoined: (): boolean => joined,
    admitted(): void {
      joined = true
    },
    /** It has taken what it was given. One that can only be read is not well: its back-off goes on growing. */
    worked(): void {
      failures = 0
    },
    async attach(): Promise<void> {
      become('joining')
      await run()
      if (codeOf(error) === 'STORE_MISCONFIGURED') throw error
    },
    async retryNow(): Promise<void> {
      if (state === 'degraded' || state === 'joining') await run()
    },
    async detach(deadlineMs: number): Promise<void> {
      const wasOpen = touched || attempting !== undefined
      become('detached')
      clearTimeout(timer)
      if (!wasOpen) return
      closed = Promise.allSettled([attempting ?? Promise.resolve()])
        .then(close)
        // Given up is not closed: what is still under way may be done after all.
        .catch(() => calls.inDoubt())
      await atMost(deadlineMs, closed)
    },
  }
}
