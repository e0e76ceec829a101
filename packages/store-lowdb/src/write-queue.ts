import { StoreError } from '@sessionkeep/core/store'
import { createQueue, throwIfAborted } from '@sessionkeep/store-kit'
import type { Change } from './document/document.ts'

/** Changes that wait to be written, and reads that wait for a write to end. */
export interface WriteQueue {
  /** Resolves when a write that has these changes in it is done; rejects as that write does. */
  change(changes: readonly Change[], signal: AbortSignal): Promise<void>
  /** Runs the task while no write is under way. */
  between<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T>
  /** Settles when nothing is under way. */
  idle(): Promise<unknown>
}

interface Waiting {
  readonly changes: readonly Change[]
  readonly signal: AbortSignal
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Makes one write at a time. The changes that come while it runs are written together by the next one, in their order. */
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
          // A change whose write has not begun is dropped. A write that has begun goes on until all who share it have given up.
          giveUp = () => {
            if (waiting.delete(one)) reject(new StoreError('STORE_TIMEOUT', 'The call was given up by its caller.'))
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

/** A signal that is aborted once all of `signals` are: nobody then waits for the write that they share. `end()` removes its listeners. */
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
