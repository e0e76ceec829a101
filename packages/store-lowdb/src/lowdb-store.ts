import { MAX_RECORD_BYTES, type MetadataStore, type StoreContext, StoreError } from '@sessionkeep/contracts'
import { declaredDurability, NEVER_ABORTED, objectText, toStoreError, watchPlace } from '@sessionkeep/disk'
import {
  createQueue,
  createStore,
  doEachInTurns,
  isStoreName,
  type OpenStore,
  recordFrom,
  rejectFailed,
  unreadableRecord,
} from '@sessionkeep/store-kit'
import { type Change, type Records, recordsOf } from './document/document.ts'
import { type Json, textOf } from './document/exact-json.ts'
import { MAX_NAME_BYTES } from './document/json-cursor.ts'
import { inPortions } from './document/portions.ts'
import { openDocument } from './open-document.ts'
import { checkedOptions, type LowdbStoreOptions } from './options.ts'
import { openReadOnly } from './read-only-document.ts'
import { shareDocument } from './shared-documents.ts'

/**
 * Stores all records in one readable JSON document. Touches nothing before `open()`. `capabilities.durability` is the
 * requested one, lowered to `'process'` when the directory cannot be synced or is in memory. Stores of one process share a
 * document, each for its own namespace and owner; other processes are locked out.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for wrong options
 *
 * @example
 * const store = lowdbStore({ file: '/var/lib/gateway/sessions.json' })
 */
export function lowdbStore(options: LowdbStoreOptions = {}): MetadataStore {
  const { file, durability: wanted } = checkedOptions(options)
  const sync = wanted === 'power'
  const durability = declaredDurability(wanted)
  const known = new Map<string, number>()
  let wasThere = false

  const documentFor = async ({ signal, logger, namespace, owner, readOnly }: StoreContext) => {
    const request = { file, sync, signal, logger, known }
    if (readOnly) {
      const document = await openReadOnly(request)
      return { document, release: document.close }
    }
    const opening = () => openDocument(request)
    const { document, release } = await shareDocument(`${wanted} ${file}`, file, { namespace, owner }, opening)
    const { held } = document.attachment
    known.set(held.path, held.dev)
    durability.lower(document.attachment, logger)
    if (wasThere && !document.wasThere)
      logger.warn({ file }, 'The document is missing: the store goes on with an empty one')
    return { document, release }
  }

  const open = async (context: StoreContext): Promise<OpenStore> => {
    const { namespace, readOnly, onLost } = context
    if (isTooLong(namespace ?? ''))
      throw new StoreError('STORE_MISCONFIGURED', `The poolId, the namespace, ${TOO_LONG}. Use a shorter one.`)
    const { document, release } = await documentFor(context)
    const endWatch = watchPlace(() => document.read(NEVER_ABORTED), readOnly ? undefined : onLost)
    const inTurn = createQueue()
    // A call whose changes are made in many turns of the event loop is not overtaken by a later one.
    const records = async (signal: AbortSignal) => {
      const { read } = await inTurn(async () => ({ read: document.read(signal) }))
      return recordsOf(await read, namespace)
    }
    const change = async (signal: AbortSignal, changes: () => Promise<readonly Change[]>) => {
      const { written } = await inTurn(async () => ({ written: document.change(await changes(), signal) }))
      await written
      wasThere = true
    }
    const changeEach = (names: readonly string[], to: 'absent' | 'aside', signal: AbortSignal) =>
      change(signal, async () => names.map((name) => ({ namespace, name, to })))

    return {
      async getMany(names, { signal }) {
        const stored = await records(signal)
        const there = names.filter((name) => stored.has(name))
        const { done, failed } = await doEachInTurns(there, (name) => recordOf(name, stored.get(name) ?? '', file))
        rejectFailed(failed, done)
        return done
      },
      async setMany(batch, { signal }) {
        const failed = new Map<string, StoreError>()
        await change(signal, async () => {
          const texts = await doEachInTurns(batch.keys(), (name) => recordText(name, batch.get(name)))
          for (const [name, error] of texts.failed) failed.set(name, error)
          return [...texts.done].map(([name, text]) => ({ namespace, name, to: { text } }))
        })
        rejectFailed(failed)
      },
      deleteMany: (names, { signal }) => changeEach(names, 'absent', signal),
      setAside: (names, { signal }) => changeEach(names, 'aside', signal),
      list: async ({ signal }) => storeNames(await records(signal)),
      async close() {
        await endWatch()
        await release()
      },
    }
  }

  return createStore({
    name: 'lowdb',
    get capabilities() {
      return { durability: durability.now, retains: true, shared: false }
    },
    open,
    toError: (error) => toStoreError(error, { action: `use ${file}`, context: { file } }),
  })
}

async function* storeNames(records: Records): AsyncGenerator<string> {
  for await (const portion of inPortions(records.keys())) yield* portion.filter(isStoreName)
}

function recordOf(name: string, stored: Json, path: string): unknown {
  // Only content beyond the limits of a record is kept as bytes. A part of the bytes is enough for the error to say so.
  const text = typeof stored === 'string' ? stored : stored.toString('utf8', 0, 2 * MAX_RECORD_BYTES)
  if (text.startsWith('{')) return recordFrom(name, text)
  throw unreadableRecord(name, 'it is JSON but not an object', undefined, { path })
}

/**
 * Returns a record as it is written into the document.
 *
 * @throws `STORE_RECORD_INVALID` for a record that cannot be stored, or whose name could not be read again
 */
function recordText(name: string, record: unknown): string {
  if (isTooLong(name))
    throw new StoreError('STORE_RECORD_INVALID', `A record cannot be stored: its name ${TOO_LONG}. Use a shorter name.`)
  return textOf(JSON.parse(objectText(name, record)))
}

const TOO_LONG = `has more than ${MAX_NAME_BYTES} bytes as JSON, the limit of a lowdb document`

// The length comes first, so that an enormous name is not encoded.
const isTooLong = (name: string) =>
  name.length > MAX_NAME_BYTES || Buffer.byteLength(JSON.stringify(name)) > MAX_NAME_BYTES
