import { createHook } from 'node:async_hooks'

/**
 * Counts what keeps a process busy or alive: active resources by kind, timers also where they are unref'd (not under
 * Bun, which does not tell of them), and listeners of the process.
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
      const counts: Record<string, number> = { timers: timers.size }
      for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
      for (const event of process.eventNames()) counts[`listeners of ${String(event)}`] = process.listenerCount(event)
      return counts
    },
    end: () => void hook.disable(),
  }
}
