import { StoreError } from '@sessionkeep/core'
import { assertWanted } from '@sessionkeep/disk'
import type { Change } from './document/document.ts'
import { whenAllGaveUp } from './given-up.ts'

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

/** One write at a time; whatever comes while it runs makes one more, in the order in which it came. */
export function writeQueue(write: (changes: readonly Change[], signal: AbortSignal) => Promise<void>): WriteQueue {
  const waiting = new Set<Waiting>()
  let turn: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = turn.then(task)
    turn = next.catch(() => undefined)
    return next
  }

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
      assertWanted(signal)
      let giveUp = () => {}
      try {
        await new Promise<void>((resolve, reject) => {
          const one: Waiting = { changes, signal, resolve, reject }
          // What has not begun is not written; what has is, unless all who share it have given up.
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
        assertWanted(signal)
        return await task()
      }),
    idle: () => inTurn(async () => undefined),
  }
}
