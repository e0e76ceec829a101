import type { SessionRef } from '@sessionkeep/contracts/host'
import type { HostContext } from './host-context.ts'

interface TurnLimits {
  /** Gives up the wait. */
  readonly signal?: AbortSignal | undefined
  /** Makes the error of a wait that took longer than a call may. Without it, the wait has no time-out. */
  readonly tooLate?: (cause: unknown) => Error
}

/**
 * Runs `task` when it is its turn in this session: tasks that type into one session run one after the other. The wait for the turn
 * ends when the signal is aborted and, with `tooLate`, when it takes longer than a call may. A task whose wait was given up never
 * runs, and one that has begun is not disturbed.
 */
export function takeTurn<T>(
  context: HostContext,
  { sessionName, incarnation = sessionName }: SessionRef,
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
      }, incarnation)
    })
    if (tooLate) {
      const deadline = context.newDeadline()
      deadline.limit(turn).catch((cause: unknown) => giveUp(tooLate(cause)))
    }
    if (signal?.aborted) onAbort()
  })
}
