import { StoreError } from '../errors/store-error.ts'
import { type Clock, systemClock } from './clock.ts'

/** The options of {@link withTimeout}. */
export interface TimeoutOptions<Late> {
  /** The name of the call, for the message of the error; for example `getMany() of store file`. */
  readonly what?: string
  readonly clock?: Clock
  /**
   * Whether the timer keeps the process from ending. Leave it false for background work.
   * @defaultValue `false`
   */
  readonly keepAlive?: boolean
  /**
   * Called when the time is up, with the error `STORE_TIMEOUT` and a promise that fulfils once the call has settled. Its
   * return value, or its exception, becomes the outcome. Without it, the call rejects with the error.
   */
  readonly onTimeout?: (error: StoreError, settled: Promise<void>) => Late
}

/**
 * Calls `fn` and waits for its result for at most `ms`, or until `signal` is aborted; it then rejects with the reason of the
 * signal. `fn` gets a signal of its own, which is aborted as soon as nobody waits for the result. A call that was given
 * up may still take effect; its rejection is handled here.
 *
 * @throws {@link StoreError} `STORE_TIMEOUT` when the time is up, unless `onTimeout` decides otherwise.
 */
export async function withTimeout<T, Late = never>(
  ms: number,
  signal: AbortSignal | undefined,
  fn: (signal: AbortSignal) => T | Promise<T>,
  { what = 'The call', clock = systemClock, keepAlive = false, onTimeout }: TimeoutOptions<Late> = {},
): Promise<T | Late> {
  signal?.throwIfAborted()
  const inner = new AbortController()
  const running = (async () => fn(inner.signal))()
  return new Promise<T | Late>((resolve, reject) => {
    const giveUp = (reason: unknown, settle: () => void): void => {
      end()
      settle()
      inner.abort(reason)
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

/** Waits for `promise` for at most `ms`; fulfils with undefined when the time is up. Keeps the process from ending until then. */
export function waitAtMost<T>(ms: number, promise: Promise<T>, clock: Clock = systemClock): Promise<T | undefined> {
  return withTimeout(ms, undefined, () => promise, { clock, keepAlive: true, onTimeout: () => undefined })
}
