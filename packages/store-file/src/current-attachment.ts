import { join } from 'node:path'
import { type StoreContext, StoreError } from '@sessionkeep/core'
import { type Attachment, attach, detach, whereabouts } from './attachment.ts'
import { isStoreError, openError, vanished } from './errors.ts'
import { encodeName } from './file-name.ts'
import { isWellFormed } from './record-name.ts'
import { inSlot, UNLIMITED } from './slots.ts'

/** The one attachment of an open store, and its way back when the directory was away. */
export interface CurrentAttachment {
  /** The first time. */
  take(): Promise<void>
  /** The attachment, checked to be still the right one. Undefined: read-only, and there is no directory yet. */
  get(signal: AbortSignal): Promise<Attachment | undefined>
  release(): Promise<void>
}

export interface Ground {
  readonly root: string
  readonly sync: boolean
  /** The device of each directory that this store has had before. */
  readonly known: Map<string, number>
  readonly onAttached: (attachment: Attachment, context: StoreContext) => void
}

export function currentAttachment(ground: Ground, context: StoreContext): CurrentAttachment {
  const { root } = ground
  const directory = recordsDirectory(root, context.namespace)
  let current: Attachment | undefined
  let lost = false
  let attaching: Promise<unknown> = Promise.resolve()

  const attachNow = async (signal: AbortSignal) => {
    const { owner, readOnly = false, logger } = context
    const knownDevice = ground.known.get(directory)
    try {
      current = await attach({ root, directory, owner, readOnly, sync: ground.sync, signal, logger, knownDevice })
    } catch (error) {
      throw openError(error, directory)
    }
    if (!current) return
    ground.known.set(directory, current.held.dev)
    ground.onAttached(current, context)
  }

  const check = async (attachment: Attachment, signal: AbortSignal) => {
    const where = await inSlot(signal, async () => {
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
    if (last) await inSlot(UNLIMITED, () => detach(last))
  }

  /** One at a time, so that two calls which find the directory back do not lock each other out. */
  const once = (signal: AbortSignal) => {
    const next = attaching.then(() => (current ? undefined : attachNow(signal)))
    attaching = next.catch(() => undefined)
    return next
  }

  return {
    take: () => once(context.signal),
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

// Folded always: whether the disk folds case is not known before the directory is there.
function recordsDirectory(root: string, namespace: string | undefined): string {
  if (namespace === undefined) return root
  if (!isWellFormed(namespace)) {
    throw new StoreError('STORE_INVALID_NAME', 'The namespace has a lone surrogate in it.', { context: { namespace } })
  }
  return join(root, encodeName(namespace, true))
}
