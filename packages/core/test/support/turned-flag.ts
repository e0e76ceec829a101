import type { FlagSource } from '../../src/index.ts'

/** A flag source whose value a test sets. */
export function turnedFlag() {
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
    turn(next: string): void {
      value = next
      changed?.()
    },
  }
}
