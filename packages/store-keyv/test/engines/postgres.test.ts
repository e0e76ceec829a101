import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { postgresDriver } from '../../src/engines/postgres.ts'
import { client, type Raw } from '../support/clients.ts'
import { contextOf, everythingIn, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { keyspace } from '../support/keyspace.ts'
import { leases, staleLeases } from '../support/leases.ts'
import { noRecords } from '../support/no-records.ts'
import { outages, wrongLogin } from '../support/outage.ts'
import { paging } from '../support/paging.ts'
import { program } from '../support/prerequisites.ts'
import type { Server } from '../support/server.ts'
import { LOGIN, postgresServer, postgresUri } from '../support/servers.ts'
import { targetOf } from '../support/target-of.ts'

describe.skipIf(!program.postgres || !program.initdb)('Postgres (needs postgresql)', () => {
  let server: Server
  let raw: Raw
  const options = () => ({ uri: postgresUri(server.port) })
  beforeAll(async () => {
    server = await postgresServer()
    await server.start()
    raw = await client.postgres(postgresUri(server.port))
  })
  afterAll(async () => {
    await raw?.end()
    await server?.remove()
  })

  keyspace(options)
  paging(() =>
    postgresDriver(targetOf(postgresUri(server.port)), {
      schema: 'public',
      table: 'keyv',
      timeoutMs: 5000,
      tls: async () => ({}),
    }),
  )
  noRecords(options, (key, text) => raw.send('INSERT INTO keyv VALUES ($1, $2)', key, text))
  wrongLogin((login) => ({ uri: postgresUri(server.port, login) }))

  leases(options, {
    async read(key) {
      const [row] = (await raw.send('SELECT value FROM keyv WHERE key = $1', key)) as Array<{ value: string }>
      return row?.value ?? ''
    },
    write: (key, text) => raw.send('UPDATE keyv SET value = $2 WHERE key = $1', key, text),
    remove: (key) => raw.send('DELETE FROM keyv WHERE key = $1', key),
  })

  staleLeases(options, (key, text) =>
    raw.send('INSERT INTO keyv VALUES ($1, $2)', key, `${text} ${Date.now() + 3_600_000} 7`),
  )

  test('a server that took over with an older copy does not have the lease, so that the lost writes are noticed', async () => {
    const store = await openedStore({ ...options(), table: 'copied' }, { owner: 'gateway' })
    await store.setMany(new Map([['a', 1]]), signalIn())
    await raw.send('CREATE TABLE copy AS SELECT * FROM copied')
    await store.setMany(new Map([['a', 2]]), signalIn())
    await raw.send('UPDATE copied SET value = copy.value FROM copy WHERE copy.key = copied.key')
    const error = await rejection(store.setMany(new Map([['b', 3]]), signalIn()))
    expect(error).toMatchObject({ retryable: true })
    await store.close?.()
    await store.open?.(contextOf({ owner: 'gateway' }))
    expect(await store.getMany(['a', 'b'], signalIn())).toEqual(new Map([['a', 1]]))
  })

  test('a value of many megabytes under the key of the lease is never fetched, and the error names the key', async () => {
    const given = { ...options(), namespace: 'large' }
    const store = await openedStore(given, { owner: 'gateway' })
    const key = 'large%lease:-:gateway'
    await raw.send("UPDATE keyv SET value = repeat('x', 20000000) WHERE key = $1", key)
    // The renewal of the lease may have noticed it first, and has closed the connection then.
    const refused = { code: expect.stringMatching(/^STORE_(LOCKED|UNAVAILABLE)$/) }
    expect(await rejection(store.setMany(new Map([['a', 1]]), signalIn()))).toMatchObject(refused)
    const digits = "UPDATE keyv SET value = ' ' || repeat('9', 200000) || ' 1' WHERE key = $1"
    const ended = JSON.stringify({ pid: 2 ** 31 - 1, host: hostname(), owner: 'gateway' })
    const padded = `UPDATE keyv SET value = '${ended}' || repeat(' ', 200000) WHERE key = $1`
    for (const change of [undefined, digits, padded]) {
      if (change) await raw.send(change, key)
      const error = await rejection(madeStore(given).open?.(contextOf({ owner: 'gateway' })))
      expect(error).toMatchObject({ code: 'STORE_LOCKED' })
      expect(error.message).toContain(`remove the key "${key}"`)
    }
    await raw.send('DELETE FROM keyv WHERE key = $1', key)
  })

  test('a batch is one statement', async () => {
    const store = await openedStore({ ...options(), table: 'counted' })
    const names = Array.from({ length: 500 }, (_, index) => `n${index}`)
    const records = new Map(names.map((name) => [name, {}]))
    await store.setMany(records, signalIn())
    const counted = 'SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS writes FROM counted'
    expect(await raw.send(counted)).toEqual([{ rows: 500, writes: 1 }])
    await store.setMany(records, signalIn())
    expect(await raw.send(counted)).toEqual([{ rows: 500, writes: 1 }])
    await store.setAside?.(names, signalIn())
    expect(await raw.send(counted)).toEqual([{ rows: 500, writes: 1 }])
  })

  test('two stores that open an empty database at once both succeed', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openedStore({ ...options(), table: 'raced' })))
    await Promise.all(stores.map((store, index) => store.setMany(new Map([[`n${index}`, index]]), signalIn())))
    expect(await namesOf(stores[0] ?? madeStore(options()))).toHaveLength(8)
  })

  test('read-only creates no table, and is empty without one', async () => {
    const store = await openedStore({ ...options(), table: 'never_made' }, { readOnly: true })
    expect(await namesOf(store)).toEqual([])
    expect(await raw.send("SELECT to_regclass('public.never_made') AS made")).toEqual([{ made: null }])
  })

  test('a user without rights gets one error that names the missing rights', async () => {
    await raw.send("CREATE ROLE guest LOGIN PASSWORD 'guest-pw'")
    await openedStore({ ...options(), table: 'theirs' })
    const uri = postgresUri(server.port, 'guest-pw', 'guest')
    const none = await rejection(madeStore({ uri, table: 'theirs' }).open?.(contextOf()))
    expect(none).toMatchObject({ code: 'STORE_MISCONFIGURED' })
    expect(none.message).toContain('SELECT, INSERT, UPDATE, DELETE')
    const create = await rejection(madeStore({ uri, table: 'not_there' }).open?.(contextOf()))
    expect(create).toMatchObject({ code: 'STORE_MISCONFIGURED' })
    expect(everythingIn(none) + everythingIn(create)).not.toContain('guest-pw')
    await raw.send('GRANT SELECT ON theirs TO guest')
    const reader = await openedStore({ uri, table: 'theirs' }, { readOnly: true })
    expect(await namesOf(reader)).toEqual([])
  })

  test.each([
    ['id INTEGER', 'it has no column key; it has no column value'],
    ['key TEXT PRIMARY KEY', 'it has no column value'],
    ['key INTEGER PRIMARY KEY, value TEXT', 'key is integer'],
    ['key VARCHAR(20) PRIMARY KEY, value JSONB', 'key is character varying(20); value is jsonb'],
    ['key TEXT PRIMARY KEY, value VARCHAR(100)', 'value is character varying(100)'],
    ['key TEXT, value TEXT', 'key is not unique'],
    ['key TEXT, part TEXT, value TEXT, UNIQUE (key, part)', 'key is not unique'],
    ['key TEXT, part TEXT, value TEXT, PRIMARY KEY (key, part)', 'part must be given'],
    ['key TEXT PRIMARY KEY, value TEXT, owner TEXT NOT NULL', 'owner must be given'],
  ])('open() refuses a table with %s: it was made for something else', async (columns, why) => {
    await raw.send('DROP TABLE IF EXISTS alien')
    await raw.send(`CREATE TABLE alien (${columns})`)
    const error = await rejection(madeStore({ ...options(), table: 'alien' }).open?.(contextOf()))
    expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
    expect(error.message).toContain(`"public"."alien" was made for something else: ${why}. Name another table`)
    expect(await raw.send('SELECT count(*)::int AS rows FROM alien')).toEqual([{ rows: 0 }])
  })

  test.each([
    'key TEXT PRIMARY KEY, value TEXT',
    'value VARCHAR, expires BIGINT, key VARCHAR(300) UNIQUE, made TIMESTAMPTZ NOT NULL DEFAULT now()',
    'id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key VARCHAR(255) NOT NULL UNIQUE, value TEXT NOT NULL',
  ])('a table with %s is used unchanged', async (columns) => {
    await raw.send('DROP TABLE IF EXISTS akin')
    await raw.send(`CREATE TABLE akin (${columns})`)
    const store = await openedStore({ ...options(), table: 'akin' })
    for (const at of [1, 2]) await store.setMany(new Map([['a', { at }]]), signalIn())
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', { at: 2 }]]))
  })

  test('read-only reads a table that could not be written', async () => {
    await raw.send('CREATE TABLE heap (key TEXT, value TEXT, owner TEXT NOT NULL)')
    expect(await namesOf(await openedStore({ ...options(), table: 'heap' }, { readOnly: true }))).toEqual([])
    const error = await rejection(madeStore({ ...options(), table: 'heap' }).open?.(contextOf()))
    expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED' })
  })

  test('a record that a constraint of the table refuses fails alone, also when it is read, removed or set aside', async () => {
    await raw.send(
      "CREATE TABLE picky (key VARCHAR(255) PRIMARY KEY CHECK (key NOT LIKE '%aside%bad%'), value TEXT CHECK (value NOT LIKE '%refused%'))",
    )
    const store = await openedStore({ ...options(), table: 'picky' }, { owner: 'gateway' })
    const records = new Map(Array.from({ length: 20 }, (_, at) => [`n${at}`, { at }] as const))
    const error = await rejection(store.setMany(new Map<string, unknown>([...records, ['bad', 'refused']]), signalIn()))
    const { failed } = error as unknown as { failed: Map<string, { code: string }> }
    expect([...failed].map(([name, { code }]) => [name, code])).toEqual([['bad', 'STORE_RECORD_INVALID']])
    expect(await store.getMany([...records.keys(), 'bad'], signalIn())).toEqual(records)
    await store.setMany(new Map([['bad', 'fine']]), signalIn())
    expect(await rejection(store.setAside?.(['n1', 'bad', 'n2'], signalIn()))).toMatchObject({
      code: 'STORE_BATCH_FAILED',
    })
    expect(await namesOf(store)).toHaveLength(19)
  })

  test('a database that is not UTF8 stores every record, and lacks only names that it has no characters for', async () => {
    await raw.send("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    const uri = postgresUri(server.port).replace(/postgres$/, 'latin')
    const store = await openedStore({ uri }, { owner: 'gateway' })
    const records = new Map([
      ['docs', { title: 'deploy 🚀', also: 'é ü' }],
      ['épée', { title: 'ascii' }],
    ])
    await store.setMany(records, signalIn())
    const error = await rejection(
      store.setMany(
        new Map<string, unknown>([
          ['b', 1],
          ['🚀', 2],
          ['c', 3],
        ]),
        signalIn(),
      ),
    )
    expect([...(error as unknown as { failed: Map<string, unknown> }).failed.keys()]).toEqual(['🚀'])
    expect(await store.getMany(['docs', 'épée', '🚀'], signalIn())).toEqual(records)
    await store.deleteMany(['🚀', 'b'], signalIn())
    expect(await namesOf(store)).toEqual(['c', 'docs', 'épée'])
  })

  test('a database in which a backslash is no ordinary character has one writer, and can be listed', async () => {
    await raw.send('CREATE DATABASE backslashes')
    await raw.send('ALTER DATABASE backslashes SET standard_conforming_strings = off')
    const uri = postgresUri(server.port).replace(/postgres$/, 'backslashes')
    const store = await openedStore({ uri }, { owner: 'gateway' })
    await store.setMany(new Map([['w\\_%!', 1]]), signalIn())
    expect(await rejection(madeStore({ uri }).open?.(contextOf({ owner: 'gateway' })))).toMatchObject({
      code: 'STORE_LOCKED',
    })
    expect(await namesOf(store)).toEqual(['w\\_%!'])
  })

  test('a text that cannot be decoded is an unreadable record, not an absent one', async () => {
    await raw.send("CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    const uri = postgresUri(server.port).replace(/postgres$/, 'bytes')
    const store = await openedStore({ uri }, { owner: 'gateway' })
    await store.setMany(new Map(['a', 'bad', 'c'].map((name) => [name, { name }])), signalIn())
    const inside = await client.postgres(uri)
    await inside.send('SET client_encoding = SQL_ASCII')
    await inside.send(
      `UPDATE keyv SET value = '{"value":"' || convert_from('\\xe9', 'SQL_ASCII') || '"}' WHERE key LIKE '%:bad'`,
    )
    await inside.end()
    const error = await rejection(store.getMany(['a', 'bad', 'c', 'absent'], signalIn()))
    const { failed, values } = error as unknown as { failed: Map<string, Error>; values: Map<string, unknown> }
    expect([...failed.keys()]).toEqual(['bad'])
    expect([...values.keys()]).toEqual(['a', 'c'])
    await store.setAside?.(['bad'], signalIn())
    expect(await namesOf(store)).toEqual(['a', 'c'])
  })

  test('a batch that takes longer than statement_timeout is written in parts', async () => {
    await raw.send('CREATE TABLE slow (key VARCHAR(255) PRIMARY KEY, value TEXT)')
    await raw.send(
      "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.value LIKE ''%slow%'' THEN PERFORM pg_sleep(0.02); END IF; RETURN NEW; END'",
    )
    await raw.send('CREATE TRIGGER dawdle BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION dawdle()')
    await raw.send("CREATE ROLE hasty SUPERUSER LOGIN PASSWORD 'hasty'")
    await raw.send('ALTER ROLE hasty SET statement_timeout = 300')
    const uri = postgresUri(server.port, 'hasty', 'hasty')
    const store = await openedStore({ uri, table: 'slow', timeoutMs: 30_000 }, { owner: 'gateway' })
    const records = new Map(Array.from({ length: 40 }, (_, at) => [`n${at}`, 'slow']))
    await store.setMany(records, signalIn(30_000))
    expect(await store.getMany([...records.keys()], signalIn())).toEqual(records)
  })

  test('a missing database is one readable error', async () => {
    const uri = `postgres://keeper:${LOGIN}@127.0.0.1:${server.port}/nowhere`
    expect(await rejection(madeStore({ uri }).open?.(contextOf()))).toMatchObject({ code: 'STORE_MISCONFIGURED' })
  })

  test('a statement that waits for a locked table is ended with its connection, so that attempts use up no connections', async () => {
    const store = await openedStore({ ...options(), table: 'seized', timeoutMs: 500 }, { owner: 'gateway' })
    await raw.send('BEGIN')
    try {
      await raw.send('LOCK TABLE seized IN ACCESS EXCLUSIVE MODE')
      expect(await rejection(store.setMany(new Map([['a', 1]]), signalIn()))).toMatchObject({ code: 'STORE_TIMEOUT' })
      await store.close?.()
      expect(await rejection(store.open?.(contextOf({ owner: 'gateway' })))).toMatchObject({ code: 'STORE_TIMEOUT' })
      const waiting = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
      await vi.waitFor(async () => expect(await raw.send(waiting)).toEqual([{ count: 0 }]), { timeout: 30_000 })
    } finally {
      await raw.send('COMMIT')
    }
    await store.open?.(contextOf({ owner: 'gateway' }))
    await store.setMany(new Map([['a', 2]]), signalIn())
  })

  test('a dropped table ends the connection, and the next open() creates it again', async () => {
    const store = await openedStore({ ...options(), table: 'dropped' })
    await store.setMany(new Map([['a', 1]]), signalIn())
    await raw.send('DROP TABLE dropped')
    expect(await rejection(store.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await rejection(store.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_CLOSED' })
    await store.close?.()
    await store.open?.(contextOf())
    await store.setMany(new Map([['b', 2]]), signalIn())
    expect(await namesOf(store)).toEqual(['b'])
  })

  test('the declared durability follows from the settings of server, role and table', async () => {
    expect((await openedStore(options())).capabilities).toEqual({
      durability: 'power',
      retains: true,
      shared: true,
      lease: true,
    })
    await raw.send('CREATE UNLOGGED TABLE unlogged (key VARCHAR(255) PRIMARY KEY, value TEXT)')
    expect((await openedStore({ ...options(), table: 'unlogged' })).capabilities.durability).toBe('process')
    await raw.send('ALTER ROLE keeper SET synchronous_commit = off')
    expect((await openedStore(options())).capabilities.durability).toBe('process')
    await raw.send('ALTER ROLE keeper RESET synchronous_commit')
  })

  test('a server with fsync off declares a weaker durability', async () => {
    const own = await postgresServer('-c', 'fsync=off')
    try {
      await own.start()
      expect((await openedStore({ uri: postgresUri(own.port) })).capabilities.durability).toBe('process')
    } finally {
      await own.remove()
    }
  })

  outages(
    () => postgresServer('-c', 'fsync=off'),
    (port) => ({ uri: postgresUri(port) }),
  )
})
