import type { HostContext } from './host-context.ts'

interface TurnLimits {
  /** Gives up the wait. */
  readonly signal?: AbortSignal | undefined
  /** Makes the error of a wait that took longer than a call may. */
  readonly tooLate: (cause: unknown) => Error
}

/**
 * Runs `task` when it is its turn for this key, as `context.inTurn()` does, but waits no longer than a call may, and only until
 * the signal is aborted. A task whose wait was given up never runs.
 */
export function turnInTime<T>(
  context: HostContext,
  key: string,
  task: () => Promise<T>,
  { signal, tooLate }: TurnLimits,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isWaiting = true
    const endWait = () => {
      isWaiting = false
      signal?.removeEventListener('abort', onAbort)
    }
    const giveUp = (reason: unknown) => {
      if (!isWaiting) return
      endWait()
      reject(reason)
    }
    const onAbort = () => giveUp(signal?.reason)
    signal?.addEventListener('abort', onAbort)
    const turn = new Promise<void>((begin) => {
      void context.inTurn(async () => {
        begin()
        if (!isWaiting) return
        endWait()
        await task().then(resolve, reject)
      }, key)
    })
    context
      .newDeadline()
      .limit(turn)
      .catch((cause: unknown) => giveUp(tooLate(cause)))
    if (signal?.aborted) onAbort()
  })
}
