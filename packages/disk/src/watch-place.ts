import { codeOf, type StoreError } from '@sessionkeep/contracts'

/** The pause between two checks, ms. */
const PAUSE_MS = 2000

/**
 * Checks regularly whether the path still leads to the open store, so that even a store at rest notices a change.
 * After the first check that rejects with `STORE_CLOSED`, the checks end, and `onLost` is called with the error. Other
 * errors are ignored: they may pass, and each call of the store reports them itself.
 *
 * @param onLost - if undefined, nothing is checked
 * @returns the function that ends the checks, and fulfils once none is running
 *
 * @example
 * const endWatch = watchPlace(() => current.get(NEVER_ABORTED), onLost)
 */
export function watchPlace(
  check: () => Promise<unknown>,
  onLost: ((error: StoreError) => void) | undefined,
): () => Promise<void> {
  let isEnded = onLost === undefined
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    try {
      await check()
    } catch (error) {
      if (codeOf(error) === 'STORE_CLOSED' && !isEnded) {
        isEnded = true
        onLost?.(error as StoreError)
      }
    }
    later()
  }
  const later = (): void => {
    if (isEnded) return
    // An open store must not keep the process alive.
    timer = setTimeout(() => {
      running = look()
    }, PAUSE_MS).unref()
  }
  later()
  return async () => {
    isEnded = true
    clearTimeout(timer)
    await running
  }
}
