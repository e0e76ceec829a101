import { StoreError } from '../errors/store-error.ts'
import { type Clock, systemClock } from './clock.ts'

export interface TimeoutOptions<Late> {
  /** What is waited for, for the message of the error: `getMany() of store file`. */
  readonly what?: string
  readonly clock?: Clock
  /** Whether the process must not end before. Default false: work of the background holds up no process. */
  readonly keepAlive?: boolean
  /**
   * Called when the time is up, with the error `STORE_TIMEOUT` and a promise that fulfils once the call has settled either
   * way. What it gives or throws is the outcome. Default: it throws the error.
   */
  readonly onTimeout?: (error: StoreError, settled: Promise<void>) => Late
}

/**
 * Runs `fn` and waits for it: for at most `ms`, and until `signal` is aborted, then with its reason. `fn` gets a signal that
 * is aborted as soon as nobody waits any more; what it does after that is unknown, and its rejection is handled.
 */
export async function withTimeout<T, Late = never>(
  ms: number,
  signal: AbortSignal | undefined,
  fn: (signal: AbortSignal) => T | Promise<T>,
  { what = 'The call', clock = systemClock, keepAlive = false, onTimeout }: TimeoutOptions<Late> = {},
): Promise<T | Late> {
  signal?.throwIfAborted()
  const given = new AbortController()
  const running = (async () => fn(given.signal))()
  return new Promise<T | Late>((resolve, reject) => {
    const giveUp = (reason: unknown, settle: () => void): void => {
      end()
      settle()
      given.abort(reason)
    }
    const onAbort = (): void => giveUp(signal?.reason, () => reject(signal?.reason))
    const cancel = Number.isFinite(ms)
      ? clock.after(
          ms,
          () => {
            const error = new StoreError('STORE_TIMEOUT', `${what} did not answer within ${ms} ms.`, {
              context: { what, ms },
            })
            const settled = Promise.allSettled([running]).then(() => undefined)
            giveUp(error, () => {
              try {
                if (onTimeout) resolve(onTimeout(error, settled))
                else reject(error)
              } catch (thrown) {
                reject(thrown)
              }
            })
          },
          keepAlive,
        )
      : () => undefined
    const end = (): void => {
      cancel()
      signal?.removeEventListener('abort', onAbort)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    running.then(resolve, reject).finally(end)
  })
}

/** Fulfils with the value of `promise`, or with undefined after `ms`. The process goes on until then. */
export function atMost<T>(ms: number, promise: Promise<T>, clock: Clock = systemClock): Promise<T | undefined> {
  return withTimeout(ms, undefined, () => promise, { clock, keepAlive: true, onTimeout: () => undefined })
}
