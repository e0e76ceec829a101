import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a measurement stands on, and how it is taken down, last thing first. */
export interface Ground {
  /** A fresh directory of this run. */
  directory(name: string): string
  onEnd(end: () => unknown): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs `action` on fresh ground, of which nothing is left, also when the process is told to end meanwhile. */
export async function onGround<T>(action: (ground: Ground) => Promise<T>): Promise<T> {
  const base = mkdtempSync(join(tmpdir(), 'sessionkeep-bench-'))
  const ends: Array<() => unknown> = []
  let down: Promise<void> | undefined
  // Once: an interrupted measurement fails for want of its ground, and must not overtake what takes it down.
  const takeDown = () => {
    down ??= (async () => {
      for (const end of ends) await end()
      rmSync(base, { recursive: true, force: true })
    })()
    return down
  }
  const interrupted = () => void takeDown().finally(() => process.exit(1))
  for (const signal of SIGNALS) process.once(signal, interrupted)
  try {
    return await action({
      directory: (name) => mkdtempSync(join(base, `${name}-`)),
      onEnd: (end) => void ends.unshift(end),
    })
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted)
    await takeDown()
  }
}
