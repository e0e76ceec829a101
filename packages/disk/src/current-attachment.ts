import { isStoreError, StoreError } from '@sessionkeep/contracts'
import { type Attachment, attach, type DirectoryUse, detach, locate } from './attachment.ts'
import { openError, vanished } from './errors.ts'
import { NEVER_ABORTED, withPermit } from './semaphore.ts'

/** The attachment of an open store. Each use of it first checks that the directory is still there and still locked. */
export interface CurrentAttachment {
  /**
   * Attaches the directory for the first time. When it rejects, nothing stays open or locked, and it may be called
   * again.
   *
   * @throws `StoreError`
   */
  take(signal: AbortSignal): Promise<void>
  /**
   * Returns the attachment after checking that it is still valid. A read-only attachment is undefined until the
   * directory exists.
   *
   * @throws `STORE_UNAVAILABLE` while the directory is missing, until the same directory is back. `STORE_CLOSED` for
   * good when another directory is at the path or the lock was lost
   */
  get(signal: AbortSignal): Promise<Attachment | undefined>
  /** Releases the lock and closes the descriptors. Calling it again succeeds. */
  release(): Promise<void>
}

/** The request for {@link currentAttachment}. */
export interface DirectoryRequest extends DirectoryUse {
  /**
   * The devices of the directories that this store had open before. Such a directory is never created again. The
   * attachment keeps the map up to date.
   */
  readonly known: Map<string, number>
  /** Called each time the directory has been attached. */
  readonly onAttached: (attachment: Attachment) => void
}

/**
 * Makes a {@link CurrentAttachment}. Touches nothing before `take()`.
 *
 * @example
 * const current = currentAttachment({ root, directory, owner, readOnly, sync, logger, known, onAttached })
 * await current.take(signal)
 */
export function currentAttachment(request: DirectoryRequest): CurrentAttachment {
  const { directory, known, onAttached } = request
  let current: Attachment | undefined
  let lost = false
  let attaching: Promise<unknown> = Promise.resolve()

  const attachNow = async (signal: AbortSignal) => {
    try {
      current = await attach({ ...request, signal, knownDevice: known.get(directory) })
    } catch (error) {
      throw openError(error, directory, request.readOnly)
    }
    if (!current) return
    known.set(directory, current.held.dev)
    onAttached(current)
  }

  const check = async (attachment: Attachment, signal: AbortSignal) => {
    const where = await withPermit(signal, async () => {
      const found = await locate(attachment)
      return found === 'there' && !(await isStillLocked(attachment)) ? 'replaced' : found
    })
    if (where === 'gone') throw vanished(directory)
    if (where !== 'replaced') return
    if (current === attachment) {
      lost = true
      await release()
    }
    throw closed()
  }

  const closed = () =>
    new StoreError(
      'STORE_CLOSED',
      `The directory ${directory} was replaced since it was opened, or its lock was lost. Its content is unknown; call open() again to read it.`,
      { context: { directory } },
    )

  const release = async () => {
    const last = current
    current = undefined
    if (last) await withPermit(NEVER_ABORTED, () => detach(last))
  }

  /** Attaches once for concurrent calls: the second call uses what the first has attached. */
  const once = (signal: AbortSignal) => {
    const next = attaching.then(() => (current ? undefined : attachNow(signal)))
    attaching = next.catch(() => undefined)
    return next
  }

  return {
    take: (signal) => once(signal).then(() => undefined),
    async get(signal) {
      if (lost) throw closed()
      if (current) await check(current, signal)
      if (!current) await once(signal)
      return current
    },
    release,
  }
}

/** When the lock is lost, the store has to be opened again. */
async function isStillLocked({ writer }: Attachment): Promise<boolean> {
  try {
    await writer?.lock.verify()
    return true
  } catch (error) {
    if (isStoreError(error) && error.code === 'STORE_LOCKED') return false
    throw error
  }
}
