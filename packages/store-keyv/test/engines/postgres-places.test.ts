import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { hasKnownRole, hostUris, wantedRoles } from '../../src/engines/postgres-hosts.ts'
import { client, type Raw } from '../support/clients.ts'
import { contextOf, everythingIn, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { program } from '../support/prerequisites.ts'
import { certificates } from '../support/redis-places.ts'
import type { Server } from '../support/server.ts'
import { LOGIN, pgBouncer, postgresServer, postgresStandby, postgresUri } from '../support/servers.ts'

const owner = 'gateway'
const uriOf = (servers: readonly Server[], tail = '') =>
  `postgres://keeper:${LOGIN}@${servers.map(({ port }) => `127.0.0.1:${port}`).join()}/postgres${tail}`

describe('a URI with several hosts', () => {
  test('becomes one URI for each host, without the parameter that only this store knows', () => {
    const uri = 'postgres://u:p@a:1,b,[::1]:3/d?sslmode=require&target_session_attrs=primary&x=1'
    expect(hostUris({ uri })).toEqual(
      ['a:1', 'b', '[::1]:3'].map((host) => `postgres://u:p@${host}/d?sslmode=require&x=1`),
    )
    expect(hostUris({ uri: 'postgres:///d?host=/run&target_session_attrs=any' })).toEqual(['postgres:///d?host=/run'])
  })

  test('a writer always needs a server that accepts writes; a reader takes what the URI says', () => {
    const of = (role: string, readOnly: boolean) => wantedRoles({ uri: `x?target_session_attrs=${role}` }, readOnly)
    expect(of('standby', false)).toEqual([true])
    expect(['any', 'primary', 'read-only', 'prefer-standby'].map((role) => of(role, true))).toEqual([
      [undefined],
      [true],
      [false],
      [false, undefined],
    ])
    expect(['?target_session_attrs=primary', '?target_session_attrs=master', ''].map(hasKnownRole)).toEqual([
      true,
      false,
      true,
    ])
    expect(() => madeStore({ uri: 'postgres://h/d?target_session_attrs=master' })).toThrow(/malformed/)
  })
})

describe.skipIf(!program.postgres || !program.baseBackup)('a primary and its standby (needs postgresql)', () => {
  let primary: Server
  let standby: Server
  beforeAll(async () => {
    primary = await postgresServer('-c', 'fsync=off')
    await primary.start()
    standby = await postgresStandby(primary)
    await standby.start()
  })
  afterAll(async () => {
    await standby?.remove()
    await primary?.remove()
  })

  test('a writer finds the primary behind the standby, and a standby alone can only be read', async () => {
    const store = await openedStore({ uri: uriOf([standby, primary]) }, { owner })
    await store.setMany(new Map([['a', 1]]), signalIn())
    const alone = { uri: uriOf([standby]) }
    expect(await rejection(madeStore(alone).open?.(contextOf({ owner: 'other' })))).toMatchObject({
      code: 'STORE_READ_ONLY',
    })
    for (const tail of ['', '?target_session_attrs=standby', '?target_session_attrs=primary']) {
      const reader = await openedStore({ uri: uriOf([standby, primary], tail) }, { readOnly: true })
      await expect.poll(() => reader.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
    }
    await store.close?.()
  })

  test('a server that turns read-only ends the connection within seconds, without a call', async () => {
    const raw = await client.postgres(postgresUri(primary.port))
    let seen: (error: Error) => void = () => undefined
    const told = new Promise<Error>((resolve) => {
      seen = resolve
    })
    await openedStore({ uri: uriOf([primary]), namespace: 'demoted' }, { owner, onLost: (error) => seen(error) })
    await raw.send('ALTER SYSTEM SET default_transaction_read_only = on')
    await raw.send('SELECT pg_reload_conf()')
    expect((await told).message).toMatch(/read-only/)
    await raw.send('SET default_transaction_read_only = off')
    await raw.send('ALTER SYSTEM RESET default_transaction_read_only')
    await raw.send('SELECT pg_reload_conf()')
    await raw.end()
  })

  test('after the primary was killed and the standby promoted, the store opens there with what it has', async () => {
    const raw = await client.postgres(postgresUri(standby.port))
    const store = await openedStore({ uri: uriOf([primary, standby]), namespace: 'moved' }, { owner })
    await store.setMany(new Map([['a', 1]]), signalIn())
    await expect.poll(() => raw.send("SELECT value FROM keyv WHERE key = 'moved:-:a'")).toHaveLength(1)
    await primary.kill()
    await raw.send('SELECT pg_promote()')
    await store.close?.()
    await store.open?.(contextOf({ owner }))
    await store.setMany(new Map([['b', 2]]), signalIn())
    expect(await namesOf(store)).toEqual(['a', 'b'])
    await raw.end()
  })
})

describe.skipIf(!program.postgres)('ways to a Postgres (needs postgresql)', () => {
  let server: Server
  let raw: Raw
  const ends: Array<() => unknown> = []
  beforeAll(async () => {
    server = await postgresServer('-c', 'fsync=off')
    await server.start()
    raw = await client.postgres(postgresUri(server.port))
  })
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })
  afterAll(async () => {
    await raw?.end()
    await server?.remove()
  })

  test('the table is in the schema that is named, and a missing schema is a mistake of the configuration', async () => {
    const uri = postgresUri(server.port)
    const missing = await rejection(madeStore({ uri, schema: 'gateways' }).open?.(contextOf({ owner })))
    expect(missing).toMatchObject({ code: 'STORE_MISCONFIGURED' })
    await raw.send('CREATE SCHEMA gateways')
    const store = await openedStore({ uri, schema: 'gateways' }, { owner })
    await store.setMany(new Map([['a', 1]]), signalIn())
    expect(await raw.send("SELECT key FROM gateways.keyv WHERE key LIKE 'sessionkeep:%'")).toEqual([
      { key: 'sessionkeep:-:a' },
    ])
    expect(() => madeStore({ uri, schema: 'a"b' })).toThrow(/schema/)
  })

  test('TLS with an own authority and a certificate of the client, by path or as text', async () => {
    const pems = certificates()
    ends.push(pems.remove)
    const files = ['cert_file=server.pem', 'key_file=server.key', 'ca_file=ca.pem'].map((each) => each.split('='))
    const settings = files.flatMap(([name, file = '']) => ['-c', `ssl_${name}=${pems.path(file)}`])
    const secure = await postgresServer('-c', 'fsync=off', '-c', 'ssl=on', ...settings)
    ends.push(secure.remove)
    await secure.start()
    const own = await client.postgres(postgresUri(secure.port))
    writeFileSync(
      join(secure.directory, 'pg_hba.conf'),
      'hostssl all all all scram-sha-256 clientcert=verify-ca\nhostnossl all all all reject\n',
    )
    await own.send('SELECT pg_reload_conf()')
    await own.end()
    const [tlsCa, tlsCert, tlsKey] = ['ca.pem', 'client.pem', 'client.key'].map(pems.path)
    const uri = postgresUri(secure.port)
    const text = await readFile(tlsCa ?? '', 'utf8')
    for (const ca of [tlsCa, text]) {
      const store = await openedStore(
        { uri, tlsCa: ca, tlsCert, tlsKey, namespace: ca === text ? 'text' : 'path' },
        { owner },
      )
      expect(await namesOf(store)).toEqual([])
    }
    const fault = await rejection(madeStore({ uri, tlsCa }).open?.(contextOf()))
    expect(everythingIn(fault)).toMatch(/certificate/)
    const plain = await rejection(madeStore({ uri }).open?.(contextOf()))
    expect(plain).toMatchObject({ code: 'STORE_MISCONFIGURED' })
  })

  test.skipIf(!program.pgBouncer)(
    'PgBouncer with a connection for each transaction keeps the lease (needs pgbouncer)',
    async () => {
      const between = await pgBouncer(server)
      ends.push(between.remove)
      await between.start()
      const options = { uri: postgresUri(between.port), namespace: 'bouncer' }
      const store = await openedStore(options, { owner })
      const names = Array.from({ length: 20 }, (_, at) => `n${at}`)
      await Promise.all(names.map((name) => store.setMany(new Map([[name, 1]]), signalIn())))
      expect(await namesOf(store)).toHaveLength(20)
      expect(await rejection(madeStore(options).open?.(contextOf({ owner })))).toMatchObject({ code: 'STORE_LOCKED' })
      await raw.send("UPDATE keyv SET value = 'x 9999999999999 1' WHERE key LIKE 'bouncer!%lease%' ESCAPE '!'")
      expect(await rejection(store.setMany(new Map([['a', 1]]), signalIn()))).toMatchObject({ code: 'STORE_LOCKED' })
    },
  )
})
