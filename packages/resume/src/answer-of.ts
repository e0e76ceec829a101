import { type Clock, isCodedError, messageOf } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { withTimeout } from '@sessionkeep/contracts/internal'

/** A function of the gateway that is called before a command is started. */
interface Question<T> {
  readonly what: 'launch' | 'check' | 'prepare'
  readonly workspace: string
  readonly ask: () => T | Promise<T>
  /** Once it is aborted, nobody waits for the answer any more, and the call rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes the function that calls a function of the gateway. It has a time-out, because a call that never settles would count
 * towards `maxSessions` for ever.
 *
 * @throws `SESSION_NOT_READY` when the time is up, and when `launch` or `prepare` fails. A coded error of `launch`, and every error of
 * `check`, is passed on as it is.
 */
export function createAnswerOf(timeoutMs: number, clock: Clock) {
  return async <T>({ what, workspace, ask, signal }: Question<T>): Promise<T> => {
    const asking = async () => {
      try {
        return { answer: await ask() }
      } catch (cause) {
        if (what === 'check' || (what === 'launch' && isCodedError(cause))) throw cause
        const message = `${what}() of ${workspace} failed: ${messageOf(cause)}; no command was started.`
        throw new PoolError('SESSION_NOT_READY', message, { cause, context: { workspace } })
      }
    }
    const late = { clock, keepAlive: true, onTimeout: () => undefined }
    const answered = await withTimeout(timeoutMs, signal, asking, late)
    if (answered) return answered.answer
    const message = `${what}() of ${workspace} did not answer within ${timeoutMs} ms; no command was started.`
    throw new PoolError('SESSION_NOT_READY', message, { context: { workspace } })
  }
}
