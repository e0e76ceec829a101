import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '@sessionkeep/core/store'
import { throwIfAborted } from '@sessionkeep/store-kit'

const TRIES = 20
const PAUSE_MS = 50

/** Repeats an opening for about a second while the process or the system is out of descriptors. */
export async function whenDescriptorsFree<T>(signal: AbortSignal, opening: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await opening()
    } catch (error) {
      const errno = codeOf(error)
      if ((errno !== 'EMFILE' && errno !== 'ENFILE') || tried === TRIES) throw error
    }
    await sleep(PAUSE_MS)
    throwIfAborted(signal)
  }
}
