import { StoreError } from '@sessionkeep/contracts'
import { createQueue, throwIfAborted } from '@sessionkeep/store-kit'
import type { Change } from './document/document.ts'

/** Collects changes for the next write, and lets reads wait for a running write. */
export interface WriteQueue {
  /** Resolves when a write that contains these changes is done; rejects as that write does. */
  change(changes: readonly Change[], signal: AbortSignal): Promise<void>
  /** Runs the task while no write is running. */
  between<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T>
  /** Settles when nothing is running. */
  idle(): Promise<unknown>
}

interface Waiting {
  readonly changes: readonly Change[]
  readonly signal: AbortSignal
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs one write at a time. Changes that arrive during a write are written together by the next one, in their order.
 */
export function writeQueue(write: (changes: readonly Change[], signal: AbortSignal) => Promise<void>): WriteQueue {
  const waiting = new Set<Waiting>()
  const inTurn = createQueue()

  const flush = async () => {
    const batch = [...waiting]
    waiting.clear()
    if (batch.length === 0) return
    const { signal, end } = whenAllGaveUp(batch.map((one) => one.signal))
    try {
      await write(
        batch.flatMap(({ changes }) => changes),
        signal,
      )
      for (const one of batch) one.resolve()
    } catch (error) {
      for (const one of batch) one.reject(error)
    } finally {
      end()
    }
  }

  return {
    async change(changes, signal) {
      throwIfAborted(signal)
      let giveUp = () => {}
      try {
        await new Promise<void>((resolve, reject) => {
          const one: Waiting = { changes, signal, resolve, reject }
          // A change that is not being written yet is dropped. A running write goes on until all its callers have
          // given up.
          giveUp = () => {
            if (waiting.delete(one)) reject(new StoreError('STORE_TIMEOUT', 'The caller gave the call up.'))
          }
          signal.addEventListener('abort', giveUp)
          waiting.add(one)
          if (waiting.size === 1) void inTurn(flush)
        })
      } finally {
        signal.removeEventListener('abort', giveUp)
      }
    },
    between: (signal, task) =>
      inTurn(async () => {
        throwIfAborted(signal)
        return await task()
      }),
    idle: () => inTurn(async () => undefined),
  }
}

/**
 * Returns a signal that is aborted when all of `signals` are, because then no caller waits for the shared write.
 * `end()` removes its listeners.
 */
function whenAllGaveUp(signals: readonly AbortSignal[]): { signal: AbortSignal; end(): void } {
  const all = new AbortController()
  const waiting = new Set(signals)
  const stops = [...waiting].map((signal) => {
    const gaveUp = () => {
      waiting.delete(signal)
      if (waiting.size === 0) all.abort(signal.reason)
    }
    if (signal.aborted) gaveUp()
    else signal.addEventListener('abort', gaveUp)
    return () => signal.removeEventListener('abort', gaveUp)
  })
  return {
    signal: all.signal,
    end() {
      for (const stop of stops) stop()
    },
  }
}
