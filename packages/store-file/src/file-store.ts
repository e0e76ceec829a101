import { resolve } from 'node:path'
import { type MetadataStore, type StoreContext, StoreError } from '@sessionkeep/core'
import {
  type Attachment,
  assertWanted,
  type CurrentAttachment,
  callError,
  currentAttachment,
  declaredDurability,
  defaultDirectory,
  type WriteGround,
} from '@sessionkeep/disk'
import { checkedOptions, type FileStoreOptions } from './options.ts'
import { readMany, readNames } from './read-calls.ts'
import { assertRecordNames } from './record-name.ts'
import { recordsDirectory } from './records-directory.ts'
import { removeMany, renameAside, writeMany } from './write-calls.ts'

/**
 * Records as one readable JSON file each. Throws `ConfigError` `CONFIG_INVALID` for wrong options, and touches nothing before `open()`.
 * `capabilities.durability` is what was asked for, lowered to `'process'` where the directory cannot be synced.
 */
export function fileStore(options: FileStoreOptions = {}): MetadataStore {
  const { directory, durability: wanted = 'power' } = checkedOptions(options)
  const sync = wanted === 'power'
  const durability = declaredDurability(wanted)
  const root = resolve(directory ?? defaultDirectory())
  let open: { context: StoreContext; current: CurrentAttachment } | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const underWay = new Set<Promise<unknown>>()
  const known = new Map<string, number>()

  const attachmentFor = ({ namespace, owner, readOnly = false, logger }: StoreContext) =>
    currentAttachment({
      ...{ root, directory: recordsDirectory(root, namespace), owner, readOnly, sync, logger, known },
      onAttached: (attachment) => durability.lower(attachment, logger),
    })

  /** Opening and closing wait for each other. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = turn.then(task)
    turn = next.catch(() => undefined)
    return next
  }

  const call = <T>(signal: AbortSignal, task: (attachment: Attachment | undefined) => Promise<T>): Promise<T> => {
    const running = (async () => {
      if (!open) throw new StoreError('STORE_CLOSED', 'The file store is not open; call open() first.')
      assertWanted(signal)
      return await task(await open.current.get(signal))
    })().catch((error: unknown) => {
      throw callError(error, { doing: `use the directory ${root}` })
    })
    underWay.add(running)
    const settled = () => underWay.delete(running)
    running.then(settled, settled)
    return running
  }

  const write = (names: Iterable<string>, signal: AbortSignal, task: (ground: WriteGround) => Promise<void>) => {
    if (open?.context.readOnly) {
      const error = new StoreError('STORE_READ_ONLY', 'The file store was opened read-only.')
      return Promise.reject<void>(error)
    }
    return call(signal, async (attachment) => {
      assertRecordNames(names)
      if (attachment?.writer) await task({ attachment, writer: attachment.writer, sync })
    })
  }

  return {
    name: 'file',
    get capabilities() {
      return { durability: durability.now, retains: true, shared: false }
    },
    open: (context) =>
      inTurn(async () => {
        if (open) return
        assertWanted(context.signal)
        const current = attachmentFor(context)
        await current.take(context.signal)
        open = { context, current }
      }),
    getMany: (names, { signal }) =>
      call(signal, async (attachment) => {
        assertRecordNames(names)
        return attachment ? await readMany(attachment, names, signal) : new Map()
      }),
    setMany: (records, { signal }) => write(records.keys(), signal, (ready) => writeMany(ready, records, signal)),
    deleteMany: (names, { signal }) => write(names, signal, (ready) => removeMany(ready, names, signal)),
    setAside: (names, { signal }) => write(names, signal, (ready) => renameAside(ready, names, signal)),
    async *list({ signal }) {
      const logger = open?.context.logger
      yield* await call(signal, async (attachment) =>
        attachment && logger ? await readNames(attachment, signal, logger) : [],
      )
    },
    close: () =>
      inTurn(async () => {
        const last = open
        open = undefined
        await Promise.allSettled([...underWay])
        await last?.current.release()
      }),
  }
}
