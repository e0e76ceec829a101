import { type Clock, messageOf } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { waitAtMost } from '@sessionkeep/contracts/internal'

/** A function of the gateway that is called before a command is started. */
interface Question<T> {
  readonly what: 'launch' | 'check' | 'prepare'
  readonly workspace: string
  readonly ask: () => T | Promise<T>
}

/**
 * Makes the function that calls a function of the gateway. It has a time-out, because a call that never settles would count
 * towards `maxSessions` for ever.
 *
 * @throws `SESSION_NOT_READY` when the time is up, and when `prepare` fails. An error of `launch` is passed on as it is.
 */
export function createAnswerOf(timeoutMs: number, clock: Clock) {
  return async <T>({ what, workspace, ask }: Question<T>): Promise<T> => {
    const asking = (async () => ({ answer: await ask() }))().catch((cause: unknown) => {
      if (what !== 'prepare') throw cause
      const message = `prepare() of ${workspace} failed: ${messageOf(cause)}; no command was started.`
      throw new PoolError('SESSION_NOT_READY', message, { cause, context: { workspace } })
    })
    const answered = await waitAtMost(timeoutMs, asking, clock)
    if (answered) return answered.answer
    const message = `${what}() of ${workspace} did not answer within ${timeoutMs} ms; no command was started.`
    throw new PoolError('SESSION_NOT_READY', message, { context: { workspace } })
  }
}
