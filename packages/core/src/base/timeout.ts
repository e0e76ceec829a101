import { StoreError } from '../errors/store-error.ts'
import { type Clock, systemClock } from './clock.ts'

/**
 * Runs a store call that must settle within `ms`. On time-out its signal is aborted and `STORE_TIMEOUT` thrown; what the
 * call does after that is unknown, and `onLate` gets a promise that fulfils when it has settled either way.
 * The timer does not keep the process alive: a background call does not hold up its end.
 */
export async function withDeadline<T>(
  what: string,
  ms: number,
  call: (signal: AbortSignal) => T | Promise<T>,
  onLate?: (settled: Promise<void>) => void,
  clock: Clock = systemClock,
): Promise<T> {
  const controller = new AbortController()
  const running = (async () => call(controller.signal))()
  let cancel = (): void => undefined
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => {
      const error = new StoreError('STORE_TIMEOUT', `${what} did not answer within ${ms} ms.`, {
        context: { what, ms },
      })
      onLate?.(settled(running))
      reject(error)
      controller.abort(error)
    })
  })
  try {
    return await Promise.race([running, late])
  } finally {
    cancel()
  }
}

/** Fulfils when `promise` has settled, whichever way; marks its rejection as handled. */
export async function settled(promise: Promise<unknown>): Promise<void> {
  await Promise.allSettled([promise])
}

/** Fulfils with the value of `promise`, or with undefined after `ms`; keeps the process alive until then. */
export async function atMost<T>(ms: number, promise: Promise<T>, clock: Clock = systemClock): Promise<T | undefined> {
  let cancel = (): void => undefined
  const expired = new Promise<undefined>((resolve) => {
    cancel = clock.after(ms, () => resolve(undefined), true)
  })
  try {
    return await Promise.race([promise, expired])
  } finally {
    cancel()
  }
}
