/** A signal that is aborted once all of these are: then nobody waits for what they share. `end()` lets go of them. */
export function whenAllGaveUp(signals: readonly AbortSignal[]): { signal: AbortSignal; end(): void } {
  const all = new AbortController()
  const waiting = new Set(signals)
  const stops = [...waiting].map((signal) => {
    const gaveUp = () => {
      waiting.delete(signal)
      if (waiting.size === 0) all.abort(signal.reason)
    }
    if (signal.aborted) gaveUp()
    else signal.addEventListener('abort', gaveUp)
    return () => signal.removeEventListener('abort', gaveUp)
  })
  return {
    signal: all.signal,
    end() {
      for (const stop of stops) stop()
    },
  }
}
