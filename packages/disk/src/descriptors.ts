import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '@sessionkeep/contracts'
import { throwIfAborted } from '@sessionkeep/store-kit'

const TRIES = 20
const PAUSE_MS = 50

/** Repeats `open` for about a second while the process or the system has no free file descriptors. */
export async function whenDescriptorsFree<T>(signal: AbortSignal, open: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await open()
    } catch (error) {
      const errno = codeOf(error)
      if ((errno !== 'EMFILE' && errno !== 'ENFILE') || tried === TRIES) throw error
    }
    await sleep(PAUSE_MS)
    throwIfAborted(signal)
  }
}
