import { type FileHandle, stat } from 'node:fs/promises'
import { codeOf, type Logger, StoreError } from '@sessionkeep/contracts'
import { describeHolder, FOR_TWO_WRITERS, type Holder, thisProcess } from '@sessionkeep/store-kit'
import { kernelLock } from './kernel-lock.ts'
import { liveLease, takeLease } from './lease.ts'
import { ownFile, rivalFiles, writtenHolder } from './lock-files.ts'

/**
 * The right to write in a directory. A lock with an owner admits writers of other owners; a lock without one excludes
 * all.
 */
export interface WriterLock {
  /** Rejects with `STORE_LOCKED` when the lock is lost. A kernel lock is lost when somebody removes or replaces its file. */
  verify(): Promise<void>
  /** Gives the lock back. */
  release(): Promise<void>
}

/** A lock file that is locked. */
interface HeldFile {
  readonly path: string
  readonly handle: FileHandle
  readonly ino: number
}

/** The request for {@link takeWriterLock}. */
export interface LockRequest {
  readonly directory: string
  readonly owner: string | undefined
  /**
   * The subject of the message that a refused writer gets.
   *
   * @defaultValue the directory
   */
  readonly what?: string | undefined
  readonly signal: AbortSignal
  readonly logger: Logger
}

/**
 * Takes the lock, or rejects at once and holds nothing.
 *
 * @throws `STORE_LOCKED`
 */
export async function takeWriterLock(request: LockRequest): Promise<WriterLock> {
  const self = await thisProcess(request.owner)
  const held: HeldFile[] = []
  const close = async () => {
    for (const { handle } of held) await handle.close()
  }
  try {
    for (const [path, mode] of wanted(request)) {
      const outcome = await kernelLock(path, mode, request.signal)
      if (outcome === 'unavailable') {
        await close()
        return await takeLeaseInstead(request, self)
      }
      if (outcome === 'held')
        throw locked(request, await writtenHolder(await rivalFiles(request.directory, request.owner, 'lock')))
      held.push({ path, handle: outcome, ino: (await outcome.stat()).ino })
    }
    await refuseLeases(request)
  } catch (error) {
    await close()
    throw error
  }
  const own = held.at(-1)?.handle
  if (own) await writeHolder(own, self, request.logger)
  return {
    async verify() {
      for (const { path, ino } of held) {
        const now = await stat(path).catch((error: unknown) => {
          if (codeOf(error) !== 'ENOENT') throw error
        })
        // The locked file is not at the path any more, so another writer can lock the file that is there now.
        if (now?.ino !== ino) throw locked(request, await writtenHolder([path]))
      }
    },
    async release() {
      if (own) await writeHolder(own, undefined, request.logger)
      await close()
    },
  }
}

/**
 * Returns the locks to take, in this order. With an owner: the lock of the directory, shared, and then the lock of
 * the owner, exclusive. Without an owner: the lock of the directory, exclusive.
 */
function wanted({ directory, owner }: LockRequest): ReadonlyArray<readonly [string, 'shared' | 'exclusive']> {
  const whole = ownFile(directory, undefined, 'lock')
  if (owner === undefined) return [[whole, 'exclusive']]
  return [
    [whole, 'shared'],
    [ownFile(directory, owner, 'lock'), 'exclusive'],
  ]
}

async function takeLeaseInstead(request: LockRequest, self: Holder): Promise<WriterLock> {
  const { directory, owner, logger } = request
  const path = ownFile(directory, owner, 'lease')
  const lease = await takeLease(path, self)
  if ('heldBy' in lease) throw locked(request, lease.heldBy)
  try {
    // This check comes after taking our own lease. So of two writers that exclude each other, at least one sees the
    // other.
    await refuseLeases(request, path)
    const holder = await writtenHolder(await rivalFiles(directory, owner, 'lock'))
    if (holder) throw locked(request, holder)
  } catch (error) {
    await lease.release()
    throw error
  }
  logger.warn(
    { code: 'STORE_LOCK_UNAVAILABLE', directory },
    'No kernel lock: flock(1) is missing, or this file system has no locks. A lease file is used instead, which is weaker; install util-linux',
  )
  return lease
}

async function refuseLeases(request: LockRequest, except?: string): Promise<void> {
  for (const path of await rivalFiles(request.directory, request.owner, 'lease')) {
    if (path === except) continue
    const found = await liveLease(path)
    if (found.live) throw locked(request, found.holder)
  }
}

/** Writes the holder into the lock file, for the message that a refused writer gets. */
async function writeHolder(handle: FileHandle, holder: Holder | undefined, logger: Logger): Promise<void> {
  try {
    const text = holder ? `${JSON.stringify(holder)}\n` : ''
    await handle.write(text, 0)
    await handle.truncate(Buffer.byteLength(text))
  } catch (error) {
    // The lock is in the kernel and does not depend on this text. A full disk must not keep a pool from reading its
    // records.
    logger.debug({ err: error }, 'The name of the holder could not be written into the lock file')
  }
}

function locked(
  { directory, owner, what = `The directory ${directory}` }: LockRequest,
  holder: Holder | undefined,
): StoreError {
  return new StoreError(
    'STORE_LOCKED',
    `${what} is in use by ${describeHolder(holder)}; it is free when that process ends. ${FOR_TWO_WRITERS}`,
    {
      context: { directory, owner, pid: holder?.pid, host: holder?.host, since: holder?.since },
    },
  )
}
