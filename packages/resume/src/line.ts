import type { Clock } from '@sessionkeep/contracts'

/** How many sessions may start at one time, and the time between two starts. */
export interface LineOptions {
  readonly concurrency: number
  /** The least time between two starts, ms. */
  readonly spacingMs: number
  readonly clock: Clock
}

interface Waiting {
  readonly key: string
  isUrgent: boolean
  readonly start: () => void
  readonly refuse: (reason: unknown) => void
}

/**
 * Makes the line in which sessions wait for their start: at most `concurrency` run at one time, and starts are `spacingMs`
 * apart. An urgent session is the next one, and waits only until less than `concurrency` run.
 */
export function createLine({ concurrency, spacingMs, clock }: LineOptions) {
  const waiting: Waiting[] = []
  let running = 0
  let lastStart = Number.NEGATIVE_INFINITY
  let isTimed = false

  const admit = (): void => {
    while (running < concurrency && waiting.length > 0) {
      const urgentAt = waiting.findIndex(({ isUrgent }) => isUrgent)
      const pause = lastStart + spacingMs - clock.now()
      if (urgentAt < 0 && pause > 0) {
        admitIn(pause)
        return
      }
      const [next] = waiting.splice(Math.max(0, urgentAt), 1)
      running += 1
      lastStart = clock.now()
      next?.start()
    }
  }
  const admitIn = (ms: number): void => {
    if (isTimed) return
    isTimed = true
    clock.after(ms, () => {
      isTimed = false
      admit()
    })
  }

  return {
    /** Waits in the line for its turn, and then runs `work`. */
    async run<T>(key: string, isUrgent: boolean, work: () => Promise<T>): Promise<T> {
      await new Promise<void>((resolve, reject) => {
        waiting.push({ key, isUrgent, start: resolve, refuse: reject })
        admit()
      })
      try {
        return await work()
      } finally {
        running -= 1
        admit()
      }
    },
    /** Rejects all work that waits. Work that runs goes on. */
    clear(reason: unknown): void {
      for (const { refuse } of waiting.splice(0)) refuse(reason)
    },
    /** Rejects the work that waits under this key, unless it is urgent. */
    drop(key: string, reason: unknown): void {
      const at = waiting.findIndex((one) => one.key === key && !one.isUrgent)
      if (at >= 0) waiting.splice(at, 1)[0]?.refuse(reason)
    },
    /** Makes the work that waits under this key the next one. */
    hurry(key: string): void {
      for (const one of waiting) if (one.key === key) one.isUrgent = true
      admit()
    },
  }
}

export type Line = ReturnType<typeof createLine>
