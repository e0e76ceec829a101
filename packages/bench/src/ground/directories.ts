import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a measurement stands on, and how it is taken down, last thing first. */
export interface Ground {
  /** A fresh directory of this run. */
  directory(name: string): string
  onEnd(end: () => unknown): void
}

/** Runs `action` on fresh ground, of which nothing is left. */
export async function onGround<T>(action: (ground: Ground) => Promise<T>): Promise<T> {
  const base = mkdtempSync(join(tmpdir(), 'sessionkeep-bench-'))
  const ends: Array<() => unknown> = []
  try {
    return await action({
      directory: (name) => mkdtempSync(join(base, `${name}-`)),
      onEnd: (end) => void ends.unshift(end),
    })
  } finally {
    for (const end of ends) await end()
    rmSync(base, { recursive: true, force: true })
  }
}
