import { assertStoreName, type MetadataStore, type StoreContext, StoreError } from '@sessionkeep/core'
import { assertWanted, callError, declaredDurability } from '@sessionkeep/disk'
import { type Change, recordsOf } from './document/document.ts'
import { type DocumentRequest, type OpenDocument, openDocument } from './open-document.ts'
import { checkedOptions, type LowdbStoreOptions } from './options.ts'
import { openReadOnly } from './read-only-document.ts'
import { changesOf, isStoreName, pick, rejectFailed } from './record-calls.ts'
import { shareDocument } from './shared-documents.ts'

interface Opened {
  readonly context: StoreContext
  readonly document: Pick<OpenDocument, 'read'> & Partial<Pick<OpenDocument, 'change'>>
  readonly release: () => Promise<void>
}

/**
 * Records in one readable JSON document. Throws `ConfigError` `CONFIG_INVALID` for wrong options, and touches nothing before `open()`.
 * `capabilities.durability` is what was asked for, lowered to `'process'` where the directory cannot be synced.
 * Stores of one process share a document, each for its own namespace and owner; other processes are locked out.
 */
export function lowdbStore(options: LowdbStoreOptions = {}): MetadataStore {
  const { file, durability: wanted } = checkedOptions(options)
  const sync = wanted === 'power'
  const durability = declaredDurability(wanted)
  const known = new Map<string, number>()
  const underWay = new Set<Promise<unknown>>()
  let open: Opened | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let wasThere = false

  /** Opening and closing wait for each other. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = turn.then(task)
    turn = next.catch(() => undefined)
    return next
  }

  const openWith = async (context: StoreContext): Promise<Opened> => {
    const { signal, logger, namespace, owner } = context
    const request: DocumentRequest = { file, sync, signal, logger, known }
    if (context.readOnly) {
      const document = await openReadOnly(request)
      return { context, document, release: document.close }
    }
    const opening = () => openDocument(request)
    const { document, release } = await shareDocument(`${wanted} ${file}`, file, { namespace, owner }, opening)
    const { held } = document.attachment
    known.set(held.path, held.dev)
    durability.lower(document.attachment, logger)
    if (wasThere && !document.wasThere) logger.warn({ file }, 'The document is gone - going on with an empty one')
    return { context, document, release }
  }

  const call = <T>(signal: AbortSignal, task: (opened: Opened) => Promise<T>): Promise<T> => {
    const running = (async () => {
      if (!open) throw new StoreError('STORE_CLOSED', 'The lowdb store is not open; call open() first.')
      assertWanted(signal)
      return await task(open)
    })().catch((error: unknown) => {
      throw callError(error, { doing: `use ${file}`, context: { file } })
    })
    underWay.add(running)
    const settled = () => underWay.delete(running)
    running.then(settled, settled)
    return running
  }

  const write = (signal: AbortSignal, names: Iterable<string>, changes: (namespace: string | undefined) => Change[]) =>
    call(signal, async ({ context, document }) => {
      if (!document.change) throw new StoreError('STORE_READ_ONLY', 'The lowdb store was opened read-only.')
      for (const name of names) assertStoreName(name)
      await document.change(changes(context.namespace), signal)
      wasThere = true
    })

  return {
    name: 'lowdb',
    get capabilities() {
      return { durability: durability.now, retains: true, shared: false }
    },
    open: (context) =>
      inTurn(async () => {
        if (open) return
        assertWanted(context.signal)
        open = await openWith(context)
      }),
    getMany: (names, { signal }) =>
      call(signal, async ({ context, document }) => {
        for (const name of names) assertStoreName(name)
        return pick(recordsOf(await document.read(signal), context.namespace), names, file)
      }),
    async setMany(records, { signal }) {
      let failed: ReadonlyMap<string, StoreError> = new Map()
      await write(signal, records.keys(), (namespace) => {
        const made = changesOf(namespace, records)
        failed = made.failed
        return made.changes
      })
      rejectFailed(failed)
    },
    deleteMany: (names, { signal }) =>
      write(signal, names, (namespace) => names.map((name) => ({ namespace, name, to: 'absent' }))),
    setAside: (names, { signal }) =>
      write(signal, names, (namespace) => names.map((name) => ({ namespace, name, to: 'aside' }))),
    async *list({ signal }) {
      yield* await call(signal, async ({ context, document }) => {
        const names = [...recordsOf(await document.read(signal), context.namespace).keys()]
        return names.filter(isStoreName)
      })
    },
    close: () =>
      inTurn(async () => {
        const last = open
        open = undefined
        await Promise.allSettled([...underWay])
        await last?.release()
      }),
  }
}
