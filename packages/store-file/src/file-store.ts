import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { codeOf, type MetadataStore, type StoreContext } from '@sessionkeep/contracts'
import {
  type Attachment,
  currentAttachment,
  declaredDurability,
  defaultDirectory,
  directoryOfPool,
  NEVER_ABORTED,
  toStoreError,
  type WriteTarget,
  watchPlace,
  withPermit,
} from '@sessionkeep/disk'
import { assertNamespace, createStore, type OpenStore } from '@sessionkeep/store-kit'
import { isUnowned, listSegments } from './journal/segments.ts'
import { checkedOptions, type FileStoreOptions } from './options.ts'
import { readMany, readNames } from './read-calls.ts'
import { storeJournal } from './store-journal.ts'
import { removeMany, writeMany } from './write-calls.ts'

const TAKE_OVER_TRIES = 10
const TAKE_OVER_PAUSE_MS = 100

/**
 * Stores each record in a readable JSON file of its own. Touches nothing before `open()`. `capabilities.durability`
 * is the requested one, lowered to `'process'` when the directory cannot be synced or is in memory.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for wrong options
 *
 * @example
 * const store = fileStore({ directory: '/var/lib/gateway/sessions' })
 */
export function fileStore(options: FileStoreOptions = {}): MetadataStore {
  const { directory, durability: wanted = 'power', journal: isJournalled = true } = checkedOptions(options)
  const sync = wanted === 'power'
  const durability = declaredDurability(wanted)
  const root = resolve(directory ?? defaultDirectory())
  const known = new Map<string, number>()

  const open = async (context: StoreContext): Promise<OpenStore> => {
    if (context.owner !== undefined && !context.readOnly) await takeOver(context)
    return await openAs(context, isJournalled)
  }

  /**
   * Brings the records in the journal of a killed writer without owner to their files. Only a writer without owner takes over
   * such a journal, so the directory is opened without an owner.
   */
  const takeOver = async (context: StoreContext): Promise<void> => {
    const { signal, namespace } = context
    for (let left = TAKE_OVER_TRIES; await leavesUnowned(directoryOf(root, namespace), signal); left -= 1) {
      try {
        const whole = await openAs({ ...context, owner: undefined }, false)
        await whole.close?.()
      } catch (error) {
        // Another owner may be doing the same.
        if (codeOf(error) !== 'STORE_LOCKED' || left <= 1) throw error
        await setTimeout(TAKE_OVER_PAUSE_MS, undefined, { signal })
      }
    }
  }

  const openAs = async (
    { signal, namespace, owner, readOnly = false, logger, onLost }: StoreContext,
    isWritten: boolean,
  ): Promise<OpenStore> => {
    const current = currentAttachment({
      ...{ root, directory: directoryOf(root, namespace), owner, readOnly, sync, logger, known },
      onAttached: (attachment) => durability.lower(attachment, logger),
    })
    await current.take(signal)
    const journal = storeJournal({
      ...{ directory: directoryOf(root, namespace), owner, sync, logger, isWritten },
      check: () => current.get(NEVER_ABORTED),
    })
    try {
      const attachment = await current.get(signal)
      if (attachment) await journal.open(attachment)
    } catch (error) {
      await current.release()
      throw error
    }

    const endWatch = watchPlace(() => current.get(NEVER_ABORTED), readOnly ? undefined : onLost)
    const write = async (until: AbortSignal, task: (target: WriteTarget) => Promise<void>) => {
      const attachment = await current.get(until)
      if (attachment?.writer) await task({ attachment, writer: attachment.writer, sync })
    }
    // In a store that was opened read-only, the directory may not exist yet.
    const read = async <T>(until: AbortSignal, none: T, task: (attachment: Attachment) => Promise<T>) => {
      const attachment = await current.get(until)
      return attachment ? await task(attachment) : none
    }

    return {
      getMany: (names, { signal }) =>
        read(signal, new Map<string, unknown>(), async (attachment) =>
          readMany(attachment, await journal.beside(signal), names, signal),
        ),
      setMany: (records, { signal }) =>
        write(signal, (target) => (isWritten ? journal.write(records, signal) : writeMany(target, records, signal))),
      deleteMany: (names, { signal }) =>
        write(signal, (target) => (isWritten ? journal.remove(names, signal) : removeMany(target, names, signal))),
      setAside: (names, { signal }) => write(signal, (target) => journal.setAside(target, names, signal)),
      list: ({ signal }) =>
        read<Iterable<string> | AsyncIterable<string>>(signal, [], async (attachment) =>
          readNames(attachment, await journal.beside(signal), signal, logger),
        ),
      close: async () => {
        await endWatch()
        await journal.close()
        await current.release()
      },
    }
  }

  return createStore({
    name: 'file',
    get capabilities() {
      return { durability: durability.now, retains: true, shared: false }
    },
    open,
    toError: (error) => toStoreError(error, { action: `use the directory ${root}` }),
  })
}

/**
 * The directory of the records of a namespace. Its name is always encoded for a file system that folds case, because
 * whether this one does is known only when the directory exists.
 */
function directoryOf(root: string, namespace: string | undefined): string {
  assertNamespace(namespace)
  return directoryOfPool(root, namespace)
}

/** Whether a writer without owner has left segments. False if the directory cannot be read; opening the directory reports why. */
async function leavesUnowned(directory: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await withPermit(signal, () => listSegments(directory))).some(isUnowned)
  } catch {
    return false
  }
}
