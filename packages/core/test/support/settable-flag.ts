import type { FlagSource } from '../../src/index.ts'

/** A flag source whose value a test sets. */
export function settableFlag() {
  let value = ''
  let changed: (() => void) | undefined
  const flag: FlagSource = {
    key: 'store',
    read: async () => ({ value }),
    subscribe(listener) {
      changed = listener.changed
      return () => undefined
    },
  }
  return {
    flag,
    set(next: string): void {
      value = next
      changed?.()
    },
  }
}
