import type { Clock } from './clock.ts'
import { waitAtMost } from './timeout.ts'

/** Lets calls wait for a condition that other calls bring about. */
export interface Changes {
  /** Tells those who wait that something has changed, so that each looks again. */
  tell(): void
  /** Waits until `isMet` returns true, which is asked at once and after each change, for at most `ms`. Returns the last answer. */
  until(isMet: () => boolean, ms: number): Promise<boolean>
}

/** Makes {@link Changes}. */
export function createChanges(clock: Clock): Changes {
  const waiting = new Set<() => void>()
  return {
    tell() {
      for (const look of [...waiting]) look()
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
