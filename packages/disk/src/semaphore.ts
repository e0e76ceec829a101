import { setMaxListeners } from 'node:events'
import { throwIfAborted } from '@sessionkeep/store-kit'

/** For what has to be done also when nobody waits for it any more. */
export const NEVER_ABORTED: AbortSignal = new AbortController().signal
// Shared by all that wait: many listeners on it are no leak.
setMaxListeners(0, NEVER_ABORTED)

interface Slots {
  free: number
  readonly waiting: Set<() => void>
}

const KEY: unique symbol = Symbol.for('@sessionkeep/disk.slots') as never

// On globalThis, because the limit is the process's: an ESM and a CJS copy of this file may both be loaded.
function slotsOfProcess(): Slots {
  const target: typeof globalThis & { [KEY]?: Slots } = globalThis
  target[KEY] ??= { free: 2, waiting: new Set() }
  return target[KEY]
}

/**
 * Runs `task` when one of the process's two slots for file operations is free. libuv has four threads for files, DNS
 * and more; a disk that hangs then holds two of them, and the process goes on.
 * A task must not ask for a second slot. Gives up waiting when `signal` is aborted.
 */
export async function withPermit<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  const slots = slotsOfProcess()
  throwIfAborted(signal)
  if (slots.free > 0) slots.free -= 1
  else await turn(slots, signal)
  try {
    return await task()
  } finally {
    const [next] = slots.waiting
    if (next) next()
    else slots.free += 1
  }
}

function turn({ waiting }: Slots, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      waiting.delete(go)
      signal.removeEventListener('abort', give)
    }
    const go = () => {
      leave()
      resolve()
    }
    const give = () => {
      leave()
      try {
        throwIfAborted(signal)
      } catch (error) {
        reject(error)
      }
    }
    waiting.add(go)
    signal.addEventListener('abort', give)
  })
}
