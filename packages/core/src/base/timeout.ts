import { StoreError } from '../errors/store-error.ts'

/**
 * Runs a store call that must settle within `ms`. On time-out its signal is aborted and `STORE_TIMEOUT` thrown; what the
 * call does after that is unknown, and `onLate` gets a promise that fulfils when it has settled either way.
 * The timer is unref'ed: a background call does not hold up the end of a process.
 */
export async function withDeadline<T>(
  what: string,
  ms: number,
  call: (signal: AbortSignal) => T | Promise<T>,
  onLate?: (settled: Promise<void>) => void,
): Promise<T> {
  const controller = new AbortController()
  const running = (async () => call(controller.signal))()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new StoreError('STORE_TIMEOUT', `${what} did not answer within ${ms} ms.`, {
        context: { what, ms },
      })
      onLate?.(settled(running))
      reject(error)
      controller.abort(error)
    }, ms)
    timer.unref()
  })
  try {
    return await Promise.race([running, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Fulfils when `promise` has settled, whichever way; marks its rejection as handled. */
export async function settled(promise: Promise<unknown>): Promise<void> {
  await Promise.allSettled([promise])
}

/** Fulfils with the value of `promise`, or with undefined after `ms`; keeps the process alive until then. */
export async function atMost<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([promise, expired])
  } finally {
    clearTimeout(timer)
  }
}
