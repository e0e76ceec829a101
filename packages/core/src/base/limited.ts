import { StoreError } from '../errors/store-error.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * Runs a store call that somebody waits for: for at most `ms`, then `STORE_TIMEOUT`, and until `signal` is aborted, then
 * with its reason. Unlike a deadline of the background it keeps the process alive until then. What the call does after
 * that is its own affair.
 */
export async function limited<T>(
  what: string,
  ms: number,
  call: (signal: AbortSignal) => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const late = new AbortController()
  const tooLate = () => {
    late.abort(new StoreError('STORE_TIMEOUT', `${what} did not answer within ${ms} ms.`, { context: { what, ms } }))
  }
  const timer = setTimeout(tooLate, ms)
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal
  try {
    return await unlessAborted(either, (async () => call(either))())
  } catch (error) {
    throw either.aborted ? either.reason : error
  } finally {
    clearTimeout(timer)
  }
}
