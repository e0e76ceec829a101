import { createHook } from 'node:async_hooks'
import { readdirSync } from 'node:fs'

/**
 * Counts the resources of this process by kind: handles, open descriptors, timers and listeners of the process. Timers that
 * were unref'd are counted too, except under Bun, which does not list them.
 */
export function countResources(): { now(): Record<string, number>; end(): void } {
  const timers = new Set<number>()
  const hook = createHook({
    init(id, type) {
      if (type === 'Timeout') timers.add(id)
    },
    destroy(id) {
      timers.delete(id)
    },
  }).enable()
  return {
    now() {
      const counts: Record<string, number> = { timers: timers.size, descriptors: descriptors() }
      for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
      for (const event of process.eventNames()) counts[`listeners of ${String(event)}`] = process.listenerCount(event)
      return counts
    },
    end: () => void hook.disable(),
  }
}

/**
 * The number of open descriptors, since an open file is no handle of the event loop. 0 if the system does not list
 * them.
 */
function descriptors(): number {
  for (const list of ['/proc/self/fd', '/dev/fd']) {
    try {
      return readdirSync(list).length
    } catch {
      // This system lists descriptors in the other directory, or does not list them.
    }
  }
  return 0
}
