import { assertStoreName, type MetadataStore, StoreBatchError, type StoreContext, StoreError } from '@sessionkeep/core/store'
import { movesAside, readRecords, textsOf } from './batches.ts'
import { type Connection, connectionTo } from './connection.ts'
import { driverOf } from './driver-of.ts'
import { type Floor, floorOf } from './keys.ts'
import { listNames } from './list-names.ts'
import { checkedOptions, isText, type KeyvStoreOptions } from './options.ts'

interface Open {
  readonly context: StoreContext
  readonly connection: Connection
  readonly floor: Floor
}

/**
 * Records in Redis or Valkey, Postgres, SQLite, etcd, or any Keyv adapter. Throws a `ConfigError` `CONFIG_INVALID` for wrong options, and
 * loads the adapter's module ahead, and touches nothing else before `open()`. `capabilities.durability` is what the server's settings give, asked at each connect;
 * before the first one it is the least that this kind of server gives.
 */
export function keyvStore(options: KeyvStoreOptions = {}): MetadataStore {
  const { namespace = 'sessionkeep', timeoutMs = 5000, ...rest } = checkedOptions(options)
  const { driver, place } = driverOf(rest, timeoutMs)
  let open: Open | undefined
  let durability = driver.durability
  let turn: Promise<unknown> = Promise.resolve()
  const underWay = new Set<Promise<unknown>>()
  const asking = {
    ...driver,
    connect: async (context: Parameters<typeof driver.connect>[0]) => {
      const engine = await driver.connect(context)
      durability = engine.durability
      return engine
    },
  }

  /** Opening and closing wait for each other. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = turn.then(task)
    turn = next.catch(() => undefined)
    return next
  }

  const call = <T>(names: Iterable<string>, task: (ready: Open) => Promise<T>): Promise<T> => {
    const running = (async () => {
      if (!open) throw new StoreError('STORE_CLOSED', 'The Keyv store is not open; call open() first.')
      for (const name of names) assertStoreName(name)
      return await task(open)
    })()
    underWay.add(running)
    const settled = () => underWay.delete(running)
    running.then(settled, settled)
    return running
  }

  const write = (names: Iterable<string>, task: (ready: Open) => Promise<void>) => {
    if (!open?.context.readOnly) return call(names, task)
    return Promise.reject<void>(new StoreError('STORE_READ_ONLY', 'The Keyv store was opened read-only.'))
  }

  return {
    name: 'keyv',
    get capabilities() {
      return { durability, retains: true, shared: driver.shared }
    },
    open: (context) =>
      inTurn(async () => {
        if (open) return
        const pool = context.namespace
        if (pool !== undefined && !isText(pool)) {
          throw new StoreError(
            'STORE_MISCONFIGURED',
            'This poolId cannot name a part of the store: it is not well-formed.',
          )
        }
        const floor = floorOf(namespace, pool)
        const use = { readOnly: context.readOnly === true, owner: context.owner, probe: floor.probe }
        const connection = connectionTo(asking, place, timeoutMs, use)
        try {
          await connection.use(context.signal, 'open', async () => undefined)
        } catch (error) {
          await connection.end()
          throw error
        }
        open = { context, connection, floor }
      }),
    getMany: (names, { signal }) =>
      call(names, ({ connection, floor }) =>
        connection.use(signal, 'use', (engine) => readRecords(engine, floor, names)),
      ),
    setMany: (records, { signal }) =>
      write(records.keys(), async ({ connection, floor }) => {
        const { texts, failed } = textsOf(records, floor, driver.maxBytes)
        await connection.use(signal, 'use', async (engine) => {
          if (texts.size > 0) await engine.set(texts)
        })
        if (failed.size > 0) throw new StoreBatchError(failed)
      }),
    deleteMany: (names, { signal }) =>
      write(names, ({ connection, floor }) =>
        connection.use(signal, 'use', async (engine) => {
          if (names.length > 0) await engine.delete(names.map(floor.key))
        }),
      ),
    setAside: (names, { signal }) =>
      write(names, ({ connection, floor }) =>
        connection.use(signal, 'use', async (engine) => {
          if (names.length > 0) await engine.rename(movesAside(names, floor))
        }),
      ),
    async *list({ signal }) {
      const { connection, floor, context } = await call([], async (ready) => ready)
      yield* listNames(connection, floor, signal, context.logger)
    },
    close: () =>
      inTurn(async () => {
        const last = open
        open = undefined
        await Promise.allSettled([...underWay])
        await last?.connection.end()
      }),
  }
}
