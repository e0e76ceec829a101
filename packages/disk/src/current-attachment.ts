import { isStoreError, StoreError } from '@sessionkeep/core/store'
import { type Attachment, attach, type DirectoryUse, detach, whereabouts } from './attachment.ts'
import { openError, vanished } from './errors.ts'
import { NEVER_ABORTED, withPermit } from './semaphore.ts'

/** The one attachment of an open store, and its way back when the directory was away. */
export interface CurrentAttachment {
  /** The first time. Rejects with a `StoreError`, holding nothing; may then be called again. */
  take(signal: AbortSignal): Promise<void>
  /**
   * The attachment, checked to be still the right one. Undefined: read-only, and there is no directory yet.
   * Rejects with `STORE_UNAVAILABLE` while the directory is away, and takes it again once it is back; with
   * `STORE_CLOSED`, now and ever after, when another stands in its place or the lock was lost.
   */
  get(signal: AbortSignal): Promise<Attachment | undefined>
  /** Lets go of lock and descriptors; releasing twice succeeds. */
  release(): Promise<void>
}

/** A directory that is to be attached, and attached again when it was away. */
export interface DirectoryRequest extends DirectoryUse {
  /** The device of each directory that this store has had before. Such a directory is never made anew. Kept up to date. */
  readonly known: Map<string, number>
  /** Called each time that the directory has been taken into use. */
  readonly onAttached: (attachment: Attachment) => void
}

/** Touches nothing before `take()`. */
export function currentAttachment(request: DirectoryRequest): CurrentAttachment {
  const { directory, known, onAttached } = request
  let current: Attachment | undefined
  let lost = false
  let attaching: Promise<unknown> = Promise.resolve()

  const attachNow = async (signal: AbortSignal) => {
    try {
      current = await attach({ ...request, signal, knownDevice: known.get(directory) })
    } catch (error) {
      throw openError(error, directory)
    }
    if (!current) return
    known.set(directory, current.held.dev)
    onAttached(current)
  }

  const check = async (attachment: Attachment, signal: AbortSignal) => {
    const where = await withPermit(signal, async () => {
      const found = await whereabouts(attachment)
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
      `The directory ${directory} is another than the one that was opened, or its lock was lost. What is in it now is not known; open() reads it anew.`,
      { context: { directory } },
    )

  const release = async () => {
    const last = current
    current = undefined
    if (last) await withPermit(NEVER_ABORTED, () => detach(last))
  }

  /** One at a time, so that two calls which find the directory back do not lock each other out. */
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

/** A lease can be lost; then the right to write has to be asked for again. */
async function isStillLocked({ writer }: Attachment): Promise<boolean> {
  try {
    await writer?.lock.verify?.()
    return true
  } catch (error) {
    if (isStoreError(error) && error.code === 'STORE_LOCKED') return false
    throw error
  }
}
