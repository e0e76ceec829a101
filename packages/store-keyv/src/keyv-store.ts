import { randomBytes, randomUUID } from 'node:crypto'
import { type MetadataStore, type StoreContext, StoreError } from '@sessionkeep/contracts'
import { createStore, doEach, doEachInTurns, invalidRecord, type OpenStore, rejectFailed } from '@sessionkeep/store-kit'
import { connectTo } from './connection.ts'
import { driverOf } from './driver-of.ts'
import type { Engine } from './engine.ts'
import { isContentFault, isLockedRecord, storeError } from './errors.ts'
import { inHalves } from './in-halves.ts'
import { keySpaceOf } from './keys.ts'
import { warnOfKeyvNamespaces } from './keyv-namespaces.ts'
import { type FoundLease, newLease, noteStore } from './lease.ts'
import { listNames } from './list-names.ts'
import { checkedOptions, isText, type KeyvStoreOptions } from './options.ts'
import { deserialize, serialize } from './record-text.ts'

/**
 * Stores records in Redis or Valkey, Postgres, SQLite, etcd, or any Keyv adapter. Before `open()`, the store does nothing
 * but start to load the client library. `capabilities.durability` follows from the settings of the server, which are read
 * at each connect. Before the first connect it is the weakest one that such a server can have, without regard to settings that
 * let a server drop records.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for wrong options
 *
 * @example
 * const store = keyvStore({ uri: 'redis://localhost:6379' })
 */
export function keyvStore(options: KeyvStoreOptions = {}): MetadataStore {
  const { namespace = 'sessionkeep', timeoutMs = 5000, leaseMs = 15_000, ...rest } = checkedOptions(options)
  const { driver, backend } = driverOf(rest, timeoutMs)
  let durability = driver.durability
  const store = randomUUID()
  const found: FoundLease = {}
  /** Whether the store has looked for records under the keys of a Keyv instance. */
  let hasLooked = false

  const open = async ({ readOnly = false, ...context }: StoreContext): Promise<OpenStore> => {
    const { signal, logger, namespace: pool, owner, onLost } = context
    // Postgres accepts no NUL in a text, so NUL is refused for all servers alike.
    if (pool !== undefined && !isText(pool)) {
      throw new StoreError(
        'STORE_MISCONFIGURED',
        'This poolId cannot be the namespace of a store: it has a NUL, or is not well-formed Unicode.',
      )
    }
    const keys = keySpaceOf(namespace, pool, driver.keysTogether)
    const takesLease = driver.lease === true && !readOnly && owner !== undefined
    const lease = takesLease ? await newLease(keys.leaseKey(owner), { owner, leaseMs, store, found }) : undefined
    const use = { readOnly, owner, lease, probe: keys.probe, asideProbe: keys.asideProbe }
    noteStore.opened(store)
    const connection = await connectTo({ driver, backend, timeoutMs, signal, onLost, ...use }).catch(
      (error: unknown) => {
        noteStore.closed(store)
        throw error
      },
    )
    durability = connection.durability
    for (const warning of connection.warnings) logger.warn({ code: 'STORE_SETTING', server: backend.server }, warning)

    /** The error of one record that the server refuses to change. */
    const refusal = (name: string, error: unknown, isRemoved = false) => {
      const { message, cause, context } = storeError(error, backend, 'use')
      if (isLockedRecord(error)) {
        const why = `Another transaction has locked the record for ${JSON.stringify(name)}. ${message}`
        return new StoreError('STORE_UNAVAILABLE', why, { cause, ...(context && { context }) })
      }
      const why = `the server refuses it (${message.replace(/\.$/, '')})`
      if (!isRemoved) return invalidRecord(name, why, cause)
      const text = `The record for ${JSON.stringify(name)} cannot be removed: ${why}.`
      return new StoreError('STORE_RECORD_INVALID', text, { cause, context: { name } })
    }

    /** The error of one record that may be there, and that the server refuses to read. */
    const unread = (name: string, error: unknown) => {
      const { message, cause, context } = storeError(error, backend, 'use')
      const why = `The record for ${JSON.stringify(name)} cannot be read: ${message}`
      return new StoreError('STORE_UNAVAILABLE', why, { cause, ...(context && { context }) })
    }

    /** The errors of refused names, without those of names that the server cannot have: such a record is absent. */
    const possible = async (refused: ReadonlyMap<string, unknown>, engine: Engine, signal: AbortSignal) => {
      const errors = new Map(refused)
      for (const [name, error] of refused) {
        signal.throwIfAborted()
        if (await engine.isImpossible?.(keys.key(name), error)) errors.delete(name)
      }
      return errors
    }

    async function* named(signal: AbortSignal): AsyncGenerator<string> {
      let isEmpty = true
      for await (const name of listNames(connection, keys, signal, logger)) {
        isEmpty = false
        yield name
      }
      if (!isEmpty || hasLooked || !driver.lease) return
      hasLooked = true
      warnOfKeyvNamespaces(connection, keys, backend.server, logger).catch(() => undefined)
    }

    return {
      getMany: (names, { signal }) =>
        connection.use(signal, async (engine, given) => {
          const texts = new Map<string, string | undefined>()
          const read = async (some: readonly string[]) => {
            const found = await engine.get(some.map(keys.key), given)
            for (const [key, text] of found) texts.set(key, text)
          }
          // A read waits for no locked row. If it fails because of a lock, the whole table is locked.
          const refused = await possible(await inHalves(names, given, read, isContentFault), engine, given)
          const there = names.filter((name) => texts.has(keys.key(name)))
          const { done, failed } = await doEachInTurns(there, (name) => deserialize(name, texts.get(keys.key(name))))
          rejectFailed(new Map([...failed, ...errorsOf(refused, unread)]), done)
          return done
        }),
      async setMany(records, { signal }) {
        const { done, failed } = doEach(records.keys(), (name) => {
          const isHashed = keys.nameOf(keys.key(name)) === undefined
          return serialize(name, records.get(name), isHashed, driver.maxBytes)
        })
        const refused = await connection.use(signal, (engine, given) =>
          inHalves([...done], given, (some) =>
            engine.set(new Map(some.map(([name, text]) => [keys.key(name), text])), given),
          ),
        )
        const byName = new Map([...refused].map(([[name], error]) => [name, error]))
        rejectFailed(new Map([...failed, ...errorsOf(byName, refusal)]))
      },
      async deleteMany(names, { signal }) {
        const refused = await connection.use(signal, async (engine, given) => {
          const remove = (some: readonly string[]) => engine.delete(some.map(keys.key), given)
          return await possible(await inHalves(names, given, remove), engine, given)
        })
        rejectFailed(errorsOf(refused, (name, error) => refusal(name, error, true)))
      },
      async setAside(names, { signal }) {
        const unique = () => randomBytes(9).toString('base64url')
        const refused = await connection.use(signal, async (engine, given) => {
          const move = (some: readonly string[]) =>
            engine.rename(new Map(some.map((name) => [keys.key(name), keys.asideKey(name, unique())])), given)
          return await possible(await inHalves(names, given, move), engine, given)
        })
        rejectFailed(errorsOf(refused, refusal))
      },
      list: async ({ signal }) => named(signal),
      async close() {
        await connection.end()
        noteStore.closed(store)
      },
    }
  }

  return createStore({
    name: 'keyv',
    get capabilities() {
      return { durability, retains: true, shared: driver.shared, ...(driver.lease && driver.shared && { lease: true }) }
    },
    open,
  })
}

function errorsOf(
  refused: ReadonlyMap<string, unknown>,
  toError: (name: string, error: unknown) => StoreError,
): Map<string, StoreError> {
  return new Map([...refused].map(([name, error]) => [name, toError(name, error)]))
}
