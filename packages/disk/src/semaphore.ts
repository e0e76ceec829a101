import { setMaxListeners } from 'node:events'
import { throwIfAborted } from '@sessionkeep/store-kit'

/** A signal that is never aborted, for work that goes on even when the caller has given up. */
export const NEVER_ABORTED: AbortSignal = new AbortController().signal
// Many callers listen to this signal, and Node must not warn of a leak.
setMaxListeners(0, NEVER_ABORTED)

interface Semaphore {
  free: number
  readonly waiting: Set<() => void>
}

const KEY: unique symbol = Symbol.for('@sessionkeep/disk.semaphore') as never

// The state is on globalThis, because the limit is for the process, and both an ESM and a CJS copy of this file may
// be loaded.
function semaphoreOfProcess(): Semaphore {
  const holder: typeof globalThis & { [KEY]?: Semaphore } = globalThis
  holder[KEY] ??= { free: 2, waiting: new Set() }
  return holder[KEY]
}

/**
 * Runs `task` when one of the two permits of this process is free. libuv has four threads for files, DNS and more;
 * with two permits, a disk that hangs blocks at most two of them. A task must not ask for a second permit.
 *
 * @throws `STORE_TIMEOUT` when `signal` is aborted before a permit is free
 *
 * @example
 * const names = await withPermit(signal, () => readdir(directory))
 */
export async function withPermit<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  const semaphore = semaphoreOfProcess()
  throwIfAborted(signal)
  if (semaphore.free > 0) semaphore.free -= 1
  else await waitForPermit(semaphore, signal)
  try {
    return await task()
  } finally {
    const [next] = semaphore.waiting
    if (next) next()
    else semaphore.free += 1
  }
}

function waitForPermit({ waiting }: Semaphore, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopWaiting = () => {
      waiting.delete(start)
      signal.removeEventListener('abort', giveUp)
    }
    const start = () => {
      stopWaiting()
      resolve()
    }
    const giveUp = () => {
      stopWaiting()
      try {
        throwIfAborted(signal)
      } catch (error) {
        reject(error)
      }
    }
    waiting.add(start)
    signal.addEventListener('abort', giveUp)
  })
}
