import { expect, test } from 'vitest'
import type { SessionHost } from '../../src/host.ts'
import { type MetadataStore, memoryStore, StoreError } from '../../src/index.ts'
import { StoreBatchError } from '../../src/store.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const RENAMED = { poolId: 'gateway-a', formerly: ['claude-'] }

/** A store that keeps each namespace apart, and that other machines may use. */
function sharedStores() {
  /** How many reads and writes fail from now on. */
  const failing = { getMany: 0, setMany: 0 }
  /** How many records one call can take. */
  const most = { records: Number.POSITIVE_INFINITY }
  const fail = (call: keyof typeof failing, names: Iterable<string>): void => {
    const all = [...names]
    if (failing[call] === 0 || all.length === 0) return
    failing[call] -= 1
    throw new StoreBatchError(new Map(all.map((name) => [name, new StoreError('STORE_UNAVAILABLE', 'Not now.')])))
  }
  const namespaces = new Map<string | undefined, MetadataStore>()
  const store = (): MetadataStore => {
    let inner = memoryStore()
    return {
      name: 'shared',
      capabilities: { ...inner.capabilities, shared: true },
      async open(context) {
        inner = namespaces.get(context.namespace) ?? memoryStore()
        namespaces.set(context.namespace, inner)
        await inner.open?.(context)
      },
      async getMany(...given) {
        fail('getMany', given[0])
        return inner.getMany(...given)
      },
      async setMany(...given) {
        fail('setMany', given[0].keys())
        if (given[0].size > most.records) throw new StoreError('STORE_TIMEOUT', 'These are too many for one call.')
        await inner.setMany(...given)
      },
      deleteMany: (...given) => inner.deleteMany(...given),
      list: (...given) => inner.list(...given),
      close: async () => inner.close?.(),
    }
  }
  return { store, failing, most, namespaces }
}

/** A session that a pool without a poolId has made, and the stores with its record. */
async function before() {
  const host = memoryHost({ clock })
  const { store, ...shared } = sharedStores()
  const { pool } = makePool({ host, metadata: { store: store() } })
  await pool.start()
  await pool.getOrCreateSession('docs', { attributes: { chat: 7 } })
  await pool.withRequest('docs', () => undefined)
  await pool.saveSessionMetadata('docs')
  await pool.stop()
  return { host, store, ...shared }
}

test('the host cannot list its sessions when a shared store is opened: the records of the former id are still found', async () => {
  const { host, store } = await before()
  host.control.setUnavailable('no answer')
  const { pool } = makePool({ host, metadata: { store: store() }, ...RENAMED })
  await pool.start()
  host.control.setUnavailable(undefined)
  await until(() => expect(pool.getSession('docs')).toMatchObject({ totalRequests: 1, attributes: { chat: 7 } }))
})

test.each(['getMany', 'setMany'] as const)(
  '%s of a record fails while it is moved from a former id: it does not look absent, and is moved later',
  async (call) => {
    const { host, store, failing } = await before()
    const { pool, log } = makePool({ host, metadata: { store: store() }, ...RENAMED })
    failing[call] = 1
    await pool.start()
    await until(() => expect(pool.getSession('docs')).toMatchObject({ totalRequests: 1, attributes: { chat: 7 } }))
    await pool.saveSessionMetadata('docs')
    expect(log.with('Records were moved from a former id of this pool')).toMatchObject([{ fields: { records: 1 } }])
  },
)

test('records of a former id that are more than the store takes in one call are moved a few at a time', async () => {
  const host = memoryHost({ clock })
  const { store, most } = sharedStores()
  const { pool: old } = makePool({ host, maxSessions: 100, metadata: { store: store() } })
  await old.start()
  for (let at = 0; at < 40; at += 1) await old.getOrCreateSession(`w${at}`, { attributes: { at } })
  await old.stop()
  most.records = 10
  const { pool, log } = makePool({ host, maxSessions: 100, metadata: { store: store() }, ...RENAMED })
  await pool.start()
  await until(() => expect(pool.persistence().effective.reason).toBe('ok'))
  expect(pool.listSessions().filter(({ verified }) => verified)).toHaveLength(40)
  expect(log.with('Records were moved from a former id of this pool')).toMatchObject([{ fields: { records: 40 } }])
})

test('a record that a pool with the former id makes during the move is not removed, though it has the revision of the moved one', async () => {
  const { host, store, namespaces } = await before()
  const moving = store()
  const [name, always] = ['claude-docs', { signal: new AbortController().signal }]
  let made: Record<string, unknown> | undefined
  const open: MetadataStore['open'] = async (context) => {
    const former = namespaces.get(undefined)
    if (!made && context.namespace === RENAMED.poolId && former) {
      await former.open?.({ ...context, namespace: undefined })
      made = { ...((await former.getMany([name], always)).get(name) as object), incarnation: 'other', run: 'other' }
      await former.setMany(new Map([[name, made]]), always)
      await former.close?.()
    }
    await moving.open?.(context)
  }
  const { pool } = makePool({ host, metadata: { store: { ...moving, open } }, ...RENAMED })
  await pool.start()
  expect(pool.getSession('docs')).toMatchObject({ totalRequests: 1 })
  await pool.stop()
  const former = namespaces.get(undefined)
  await former?.open?.({ ...always, logger: console })
  expect((await former?.getMany([name], always))?.get(name)).toEqual(made)
})

/** A host whose methods need their own `this`, as those of a class with private fields do. */
class ClassHost implements SessionHost {
  readonly name = 'class'
  readonly #inner: SessionHost
  constructor(inner: SessionHost) {
    this.#inner = inner
  }
  list: SessionHost['list'] = () => this.#inner.list()
  create: SessionHost['create'] = (...given) => this.#inner.create(...given)
  kill: SessionHost['kill'] = (...given) => this.#inner.kill(...given)
  sendText: SessionHost['sendText'] = (...given) => this.#inner.sendText(...given)
  capture: SessionHost['capture'] = (...given) => this.#inner.capture(...given)
  async boot() {
    return this.#inner.boot?.()
  }
  async bury(...given: Parameters<NonNullable<SessionHost['bury']>>) {
    await this.#inner.bury?.(...given)
  }
}

test('a host that is a class with private fields works with former ids, too', async () => {
  const { host, store } = await before()
  const { pool, log } = makePool({ host: new ClassHost(host), metadata: { store: store() }, ...RENAMED })
  await pool.start()
  expect(pool.getSession('docs')).toMatchObject({ totalRequests: 1 })
  host.control.exit('claude-docs', { at: clock.date(), exitCode: 0 })
  await until(async () => expect(await host.list()).toEqual([]))
  expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
})

test('a row that cannot be read does not hide the other sessions of a pool with former ids', async () => {
  const { host, store } = await before()
  const broken = { ...host, list: async () => [null as never, ...(await host.list())] }
  const { pool } = makePool({ host: broken, metadata: { store: store() }, ...RENAMED })
  await pool.start()
  expect(pool.getSession('docs')).toMatchObject({ totalRequests: 1 })
})
