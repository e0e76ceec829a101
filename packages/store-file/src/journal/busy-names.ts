import type { Change } from './types.ts'

// With at most this many busy sessions, all files are changed before the write is acknowledged. So a file always holds
// what is acknowledged, and a line instead would save little time.
const FEW = 16
// With more busy sessions, this is still done for batches of at most this many records: most of them are saves that a
// caller waits for.
const FILES_AT_ONCE_MAX = 3
/** How long a name that was written counts as busy, ms. */
const BUSY_MS = 10_000

/**
 * Finds out whether few sessions are busy, or many. The size of a batch does not show that: a pool begins with small
 * batches, and sends larger ones only if those are quick.
 */
export function createBusyNames() {
  /** The names that were written last, and when, oldest first. */
  const written = new Map<string, number>()

  return {
    /** Notes that these changes are about to be written. Returns whether their files are to be changed at once. */
    note(changes: readonly Change[]): boolean {
      const now = performance.now()
      for (const { name } of changes) {
        written.delete(name)
        written.set(name, now)
      }
      for (const [name, at] of written) {
        if (written.size <= FEW + 1 && now - at <= BUSY_MS) break
        written.delete(name)
      }
      return written.size <= FEW || changes.length <= FILES_AT_ONCE_MAX
    },
  }
}
