import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import { throwIfAborted } from '@sessionkeep/store-kit'

const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
const TRIES = 5

export type LockMode = 'shared' | 'exclusive'

/**
 * Locks the file in the kernel. flock(1) locks the descriptor that it inherits, and our descriptor keeps the lock
 * when flock(1) exits. The lock is held until the returned handle is closed or the process ends.
 *
 * `held`: another writer has the lock. `unavailable`: flock(1) is missing, or the file system has no locks.
 */
export async function kernelLock(
  path: string,
  mode: LockMode,
  signal: AbortSignal,
): Promise<FileHandle | 'held' | 'unavailable'> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const handle = await open(path, FLAGS, 0o600)
    const outcome = await lockAndCompare(handle, path, mode, signal).catch(async (error: unknown) => {
      await handle.close()
      throwIfAborted(signal)
      throw error
    })
    if (outcome === 'locked') return handle
    await handle.close()
    if (outcome !== 'replaced') return outcome
  }
  throw new StoreError(
    'STORE_UNAVAILABLE',
    `The lock file ${path} was replaced several times while it was being locked.`,
  )
}

async function lockAndCompare(handle: FileHandle, path: string, mode: LockMode, signal: AbortSignal) {
  const ours = await handle.stat()
  if (!ours.isFile()) throw new StoreError('STORE_MISCONFIGURED', `${path} is not a regular file; move it away.`)
  if ((ours.mode & 0o777) !== 0o600) await handle.chmod(0o600)
  const status = await runFlock(handle.fd, mode, signal)
  if (status !== 'locked') return status
  // If the file was removed or replaced meanwhile, another process may have locked the new one.
  const there = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  return there?.ino === ours.ino && there.dev === ours.dev ? 'locked' : 'replaced'
}

function runFlock(fd: number, mode: LockMode, signal: AbortSignal): Promise<'locked' | 'held' | 'unavailable'> {
  throwIfAborted(signal)
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [mode === 'shared' ? '-sn' : '-xn', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
    })
    const stop = () => child.kill('SIGKILL')
    signal.addEventListener('abort', stop)
    child.once('error', (error) => {
      signal.removeEventListener('abort', stop)
      // Any other error (no memory, no descriptor) may pass, and must not make the lock weaker.
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') resolve('unavailable')
      else reject(error)
    })
    child.once('exit', (status) => {
      signal.removeEventListener('abort', stop)
      if (status === 0) resolve('locked')
      else if (status === 1) resolve('held')
      else if (status !== null) resolve('unavailable')
      else reject(new StoreError('STORE_UNAVAILABLE', 'flock(1) was killed before it answered.'))
    })
  })
}
