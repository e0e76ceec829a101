import { randomBytes, randomUUID } from 'node:crypto'
import { type MetadataStore, type StoreContext, StoreError } from '@sessionkeep/contracts'
import { createStore, doEach, type OpenStore, rejectFailed } from '@sessionkeep/store-kit'
import { connectTo } from './connection.ts'
import { driverOf } from './driver-of.ts'
import { keySpaceOf } from './keys.ts'
import { newLease } from './lease.ts'
import { listNames } from './list-names.ts'
import { checkedOptions, isText, type KeyvStoreOptions } from './options.ts'
import { deserialize, serialize } from './record-text.ts'

/**
 * Stores records in Redis or Valkey, Postgres, SQLite, etcd, or any Keyv adapter. The constructor starts to load the
 * module of the adapter and touches nothing else before `open()`. `capabilities.durability` follows from the settings
 * of the server, read at each connect; before the first connect it is the least that this kind of server gives.
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

  const open = async ({ readOnly = false, ...context }: StoreContext): Promise<OpenStore> => {
    const { signal, logger, namespace: pool, owner, onLost } = context
    // Postgres accepts no NUL in a text, so NUL is refused for all servers alike.
    if (pool !== undefined && !isText(pool)) {
      throw new StoreError(
        'STORE_MISCONFIGURED',
        'This poolId cannot be the namespace of a store: it is not well-formed Unicode without NUL.',
      )
    }
    const keys = keySpaceOf(namespace, pool)
    const takesLease = driver.lease === true && !readOnly && owner !== undefined
    const lease = takesLease ? await newLease(keys.leaseKey(owner), { owner, leaseMs, store }) : undefined
    const use = { readOnly, owner, lease, probe: keys.probe, asideProbe: keys.asideProbe }
    const connection = await connectTo({ driver, backend, timeoutMs, signal, onLost, ...use })
    durability = connection.durability
    for (const warning of connection.warnings) logger.warn({ code: 'STORE_SETTING', server: backend.server }, warning)

    return {
      getMany: (names, { signal }) =>
        connection.use(signal, async (engine) => {
          const texts = names.length === 0 ? new Map() : await engine.get(names.map(keys.key))
          const there = names.filter((name) => texts.has(keys.key(name)))
          const { done, failed } = doEach(there, (name) => deserialize(name, texts.get(keys.key(name))))
          rejectFailed(failed, done)
          return done
        }),
      async setMany(records, { signal }) {
        const { done, failed } = doEach(records.keys(), (name) => {
          const isHashed = keys.nameOf(keys.key(name)) === undefined
          return serialize(name, records.get(name), isHashed, driver.maxBytes)
        })
        const texts = new Map([...done].map(([name, text]) => [keys.key(name), text]))
        await connection.use(signal, async (engine) => {
          if (texts.size > 0) await engine.set(texts)
        })
        rejectFailed(failed)
      },
      deleteMany: (names, { signal }) =>
        connection.use(signal, async (engine) => {
          if (names.length > 0) await engine.delete(names.map(keys.key))
        }),
      setAside(names, { signal }) {
        const unique = () => randomBytes(9).toString('base64url')
        const moves = new Map(names.map((name) => [keys.key(name), keys.asideKey(name, unique())]))
        return connection.use(signal, async (engine) => {
          if (moves.size > 0) await engine.rename(moves)
        })
      },
      list: async ({ signal }) => listNames(connection, keys, signal, logger),
      close: connection.end,
    }
  }

  return createStore({
    name: 'keyv',
    get capabilities() {
      return { durability, retains: true, shared: driver.shared, ...(driver.lease && { lease: true }) }
    },
    open,
  })
}
