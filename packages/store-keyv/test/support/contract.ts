import { expect, test } from 'vitest'
import type { Driver } from '../../src/engine.ts'
import type { KeyvStoreOptions } from '../../src/index.ts'
import { floorOf } from '../../src/keys.ts'
import { contextOf, everythingIn, madeStore, namesOf, openedStore, rejection, within } from './ground.ts'

const HOSTILE = [
  ...['a:b', 'a%3Ab', 'a%b', 'a_b', 'a*b', 'a?b', 'a[b]', 'a\\b', "a'b", 'a"b', 'a/b', '../a', '__proto__', 'A', 'a'],
  ...[
    '-',
    '%',
    '%2D',
    '*',
    ':',
    '::',
    ' ',
    'ключ',
    '會話',
    '👩‍💻',
    'é',
    'e\u0301',
    '\u0001\n',
    '%sha256-00',
    `long${'x'.repeat(400)}`,
  ],
  ...[`${'é:'.repeat(200)}1`, `${'é:'.repeat(200)}2`],
]

/** What every backend has to show, whichever it is. `options` is asked at each use: a server's port is known late. */
export function contract(options: () => KeyvStoreOptions): void {
  const fresh = () => ({ ...options(), namespace: `n${Math.random()}` })

  test('every hostile name and value comes back under its own name, and is listed once', async () => {
    const store = await openedStore(fresh())
    const records = new Map(
      HOSTILE.map((name, index) => [name, { name, index, text: '\0\ud800 "\\ 👍', deep: [{ a: null }] }]),
    )
    await store.setMany(records, within())
    expect(await store.getMany(HOSTILE, within())).toEqual(records)
    expect(await namesOf(store)).toEqual([...HOSTILE].sort())
    await store.deleteMany(HOSTILE, within())
    expect((await store.getMany(HOSTILE, within())).size).toBe(0)
    expect(await namesOf(store)).toEqual([])
  })

  test('500 names are read, written over and removed at once; absent ones are absent', async () => {
    const store = await openedStore(fresh())
    const names = Array.from({ length: 500 }, (_, index) => `session-${index}`)
    await store.setMany(new Map(names.map((name) => [name, { turn: 1 }])), within())
    await store.setMany(new Map(names.map((name) => [name, { turn: 2, name }])), within())
    const found = await store.getMany([...names.slice(1), 'absent'], within())
    expect(found).toEqual(new Map(names.slice(1).map((name) => [name, { turn: 2, name }])))
    await store.deleteMany([...names.slice(0, 499), 'absent'], within())
    expect(await namesOf(store)).toEqual(['session-499'])
    expect((await store.getMany([], within())).size).toBe(0)
    await store.setMany(new Map(), within())
    await store.deleteMany([], within())
  })

  test('1,300 names are listed in pages, and what is written meanwhile hides or repeats none of them', async () => {
    const store = await openedStore(fresh())
    const names = Array.from({ length: 1300 }, (_, index) => `kept-${index}`)
    for (const from of [0, 500, 1000]) {
      await store.setMany(new Map(names.slice(from, from + 500).map((name) => [name, {}])), within())
    }
    const seen: string[] = []
    for await (const name of store.list(within())) {
      if (seen.length % 100 === 0) await store.setMany(new Map([[`new-${seen.length}`, {}]]), within())
      seen.push(name)
    }
    expect(seen.filter((name) => name.startsWith('kept-')).sort()).toEqual([...names].sort())
  })

  test('namespaces and pools never see, list or remove what is another’s', async () => {
    const places = ['a', 'A', 'a:b', 'a_', 'ab', 'a*', 'a%', '-', 'a[b]'].flatMap((namespace) =>
      [undefined, '', '-', 'b', 'b:c', '*', '%', 'B'].map((pool) => ({
        namespace: `${namespace}${Math.random()}`.replace(/0\.\d+/, ''),
        pool,
      })),
    )
    const stores = await Promise.all(
      places.map(({ namespace, pool }) => openedStore({ ...options(), namespace }, { namespace: pool })),
    )
    await Promise.all(
      stores.map((store, index) =>
        store.setMany(
          new Map([
            ['c', index],
            [`own-${index}`, index],
          ]),
          within(),
        ),
      ),
    )
    for (const [index, store] of stores.entries()) {
      expect(await namesOf(store)).toEqual(['c', `own-${index}`])
      expect(await store.getMany(['c'], within())).toEqual(new Map([['c', index]]))
    }
    await stores[0]?.deleteMany(['c', 'own-0'], within())
    expect(await namesOf(stores[1] ?? madeStore(options()))).toEqual(['c', 'own-1'])
    await Promise.all(stores.map((store, index) => store.deleteMany(['c', `own-${index}`], within())))
  })

  test('set aside is absent and unlisted, twice over, and what is absent is passed over', async () => {
    const store = await openedStore(fresh())
    await store.setMany(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      within(),
    )
    await store.setAside?.(['a', 'absent'], within())
    await store.setMany(new Map([['a', 3]]), within())
    await store.setAside?.(['a'], within())
    expect(await namesOf(store)).toEqual(['b'])
    expect(await store.getMany(['a', 'b'], within())).toEqual(new Map([['b', 2]]))
  })

  test('a record that is not JSON fails alone, and a name that no store takes fails the call', async () => {
    const store = await openedStore(fresh())
    const error = await rejection(
      store.setMany(
        new Map<string, unknown>([
          ['bad', undefined],
          ['big', 1n],
          ['good', 1],
        ]),
        within(),
      ),
    )
    expect(error).toMatchObject({ code: 'STORE_BATCH_FAILED' })
    expect([...(error as unknown as { failed: Map<string, unknown> }).failed.keys()]).toEqual(['bad', 'big'])
    expect(await namesOf(store)).toEqual(['good'])
    for (const name of ['', 'a\0b', 'a\ud800']) {
      expect(await rejection(store.getMany([name], within()))).toMatchObject({ code: 'STORE_INVALID_NAME' })
      expect(await rejection(store.setMany(new Map([[name, 1]]), within()))).toMatchObject({
        code: 'STORE_INVALID_NAME',
      })
    }
  })

  test('a store that is not open rejects, may be closed, and may be opened again', async () => {
    const store = madeStore(fresh())
    const closed = { code: 'STORE_CLOSED' }
    await store.close?.()
    expect(await rejection(store.getMany(['a'], within()))).toMatchObject(closed)
    await Promise.all([store.open?.(contextOf()), store.open?.(contextOf())])
    await store.setMany(new Map([['a', 1]]), within())
    const listing = store.list(within())[Symbol.asyncIterator]()
    await store.close?.()
    await store.close?.()
    expect(await rejection(listing.next())).toMatchObject(closed)
    expect(await rejection(store.setMany(new Map(), within()))).toMatchObject(closed)
    await store.open?.(contextOf())
    await store.setMany(new Map([['b', 1]]), within())
    expect(await namesOf(store)).toContain('b')
  })

  test('read-only takes no write, and a given-up call or opening rejects at once', async () => {
    const store = await openedStore(fresh(), { readOnly: true })
    expect(await namesOf(store)).toEqual([])
    for (const call of [
      store.setMany(new Map([['a', 1]]), within()),
      store.deleteMany(['a'], within()),
      store.setAside?.(['a'], within()),
    ]) {
      expect(await rejection(call)).toMatchObject({ code: 'STORE_READ_ONLY' })
    }
    const over = { signal: AbortSignal.abort() }
    expect(await rejection(store.getMany(['a'], over))).toMatchObject({ code: 'STORE_TIMEOUT' })
    const other = madeStore(fresh())
    expect(await rejection(other.open?.(contextOf(over)))).toMatchObject({ code: 'STORE_TIMEOUT' })
    expect(await rejection(other.getMany(['a'], within()))).toMatchObject({ code: 'STORE_CLOSED' })
  })
}

/** A driver's own pages: what the server sends, before the store looks at it. */
export function exactPages(driverAt: () => Driver, options: () => KeyvStoreOptions): void {
  test('the server itself sends no key of another namespace, whatever wildcards are in its name', async () => {
    const namespaces = ['w*', 'w_', 'w%', 'w?', 'w[a]', 'w\\', 'wa', 'W_']
    for (const namespace of namespaces) {
      const store = await openedStore({ ...options(), namespace })
      await store.setMany(new Map([['a', 1]]), within())
    }
    const engine = await driverAt().connect({ ...within(), readOnly: true, onLost: () => undefined })
    for (const namespace of namespaces) {
      const keys: string[] = []
      for await (const page of engine.pages(floorOf(namespace, undefined).prefix)) keys.push(...page)
      expect(keys).toEqual([floorOf(namespace, undefined).key('a')])
    }
    await engine.end()
  })
}

/** What breaks one record beneath the store, by its key. */
export function unreadable(
  options: () => KeyvStoreOptions,
  write: (key: string, text: string) => Promise<unknown>,
): void {
  test('what is no record fails for its name alone, is listed, and is kept when set aside', async () => {
    const namespace = `n${Math.random()}`
    const store = await openedStore({ ...options(), namespace })
    await store.setMany(new Map([['good', { fine: true }]]), within())
    const bad = { torn: '{"value":{"a', text: 'hello', list: '[1]', empty: '{}', nothing: '' }
    for (const [name, text] of Object.entries(bad)) await write(`${namespace}:-:${name}`, text)
    const names = [...Object.keys(bad), 'good']
    const error = await rejection(store.getMany(names, within()))
    const { failed, values } = error as unknown as {
      failed: Map<string, { code: string }>
      values: Map<string, unknown>
    }
    expect([...failed].map(([name, { code }]) => [name, code])).toEqual(
      Object.keys(bad).map((name) => [name, 'STORE_RECORD_UNREADABLE']),
    )
    expect(values).toEqual(new Map([['good', { fine: true }]]))
    expect(everythingIn(error)).not.toContain('hello')
    expect(await namesOf(store)).toEqual(names.sort())
    await store.setAside?.(Object.keys(bad), within())
    expect(await namesOf(store)).toEqual(['good'])
  })
}
