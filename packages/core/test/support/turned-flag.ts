import type { FlagClient } from '../../src/index.ts'

/** A flag that a test turns. */
export function turnedFlag() {
  let value = ''
  let heard: (() => void) | undefined
  const client: FlagClient = {
    getStringDetails: async () => ({ value }),
    getObjectDetails: async () => ({ value }),
    addHandler(event, handler) {
      if (event === 'PROVIDER_CONFIGURATION_CHANGED') heard = handler
    },
  }
  return {
    flag: { client, key: 'store' },
    turn(next: string): void {
      value = next
      heard?.()
    },
  }
}
