import type { Clock } from './clock.ts'
import { waitAtMost } from './timeout.ts'

/** Lets calls wait for a condition that other calls bring about. */
export interface Changes {
  /** Tells the calls that wait that something has changed. Each of them then asks for its condition again. */
  tell(): void
  /** Waits for at most `ms` until `isMet` returns true. Calls `isMet` at once and after each change, and returns its last answer. */
  until(isMet: () => boolean, ms: number): Promise<boolean>
}

/** Makes {@link Changes}. */
export function createChanges(clock: Clock): Changes {
  const waiting = new Set<() => void>()
  // A function of its own, since `tell()` is called at the end of each request, when usually nobody waits.
  const wake = (): void => {
    for (const look of [...waiting]) look()
  }
  return {
    tell() {
      if (waiting.size > 0) wake()
    },
    async until(isMet, ms) {
      if (isMet()) return true
      if (!(ms > 0)) return false
      let look = (): void => undefined
      const met = new Promise<true>((resolve) => {
        look = () => {
          if (isMet()) resolve(true)
        }
      })
      waiting.add(look)
      try {
        return (await waitAtMost(ms, met, clock)) ?? isMet()
      } finally {
        waiting.delete(look)
      }
    },
  }
}
