import { StoreError } from '@sessionkeep/contracts'
import { keyValueStore } from '@sessionkeep/store-kit'
import { describe, expect, test } from 'vitest'
import { storeSuite } from '../src/index.ts'
import { DEFAULT_NAMESPACE, type Disk, diskOf, roomOf } from './support/disk.ts'
import { soundCauses, turn } from './support/sound-store.ts'

const capabilities = { durability: 'process', retains: true, shared: true } as const

async function reach(disk: Disk, signal: AbortSignal): Promise<void> {
  await turn()
  if (disk.hung) {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([disk.hung, aborted])
  }
  signal.throwIfAborted()
  if (disk.isDown) throw new StoreError('STORE_UNAVAILABLE', 'The disk is away.')
}

// The disk can fail, hang and be damaged, so that every clause is tried except those about several processes.
storeSuite({ describe, test, expect }, 'keyValueStore', {
  capabilities,
  create: (place) =>
    keyValueStore({
      name: 'key-value',
      capabilities,
      connect() {
        const disk = diskOf(place)
        const texts = roomOf(disk, DEFAULT_NAMESPACE)
        const at = async <T>({ signal }: { signal: AbortSignal }, task: () => T) => {
          await reach(disk, signal)
          return task()
        }
        return {
          get: (key, options) => at(options, () => texts.get(key)),
          set: (key, text, options) => at(options, () => texts.set(key, text)),
          delete: (key, options) => at(options, () => texts.delete(key)),
          keys: (_, options) => at(options, () => texts.keys()),
          check: (options) => at(options, () => undefined),
        }
      },
    }),
  cause: {
    ...soundCauses,
    unreadable: (place, name) => void roomOf(diskOf(place), DEFAULT_NAMESPACE).set(`ground/live/${name}`, '{ torn'),
  },
})
