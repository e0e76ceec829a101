import { CodedError, type Logger } from '@sessionkeep/core'

/**
 * Makes the function of a timer from `run`. An error in a timer would end the gateway, so it is logged: at its first time, and again
 * only after `run` has succeeded. A call while another one goes on does nothing.
 */
export function guarded(logger: Pick<Logger, 'error'>, message: string, run: () => unknown): () => Promise<void> {
  let isFailing = false
  let isRunning = false
  return async () => {
    if (isRunning) return
    isRunning = true
    try {
      await run()
      isFailing = false
    } catch (error) {
      // The constructor redacts the cause.
      const { cause } = new CodedError('INTERNAL', message, { cause: error })
      if (!isFailing) logger.error({ err: cause }, message)
      isFailing = true
    } finally {
      isRunning = false
    }
  }
}
