/** Calls `effect` when the signal is aborted, at once if that has happened. */
export function onAbort(signal: AbortSignal, effect: () => void): void {
  if (signal.aborted) effect()
  else signal.addEventListener('abort', effect, { once: true })
}

/**
 * Settles as the promise does, or rejects with the reason of the signal if the signal is aborted first. A rejection of the
 * promise after that is not reported as unhandled.
 */
export function raceAbort<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const done = () => signal.removeEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(done)
  })
}
