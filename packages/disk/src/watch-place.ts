import { codeOf, type StoreError } from '@sessionkeep/contracts'

/** The pause between two checks, ms. */
const PAUSE_MS = 2000

/**
 * Checks regularly whether an open store is still what is at its path, so that a store at rest notices it too. The checks end
 * with the first that rejects with `STORE_CLOSED`, and its error is given to `onLost`. Other errors may pass, and each call of
 * the store reports them itself.
 *
 * @param onLost - undefined: nobody wants to know, and nothing is checked
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
    // The open store keeps no process alive.
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
