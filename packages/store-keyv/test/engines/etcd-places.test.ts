import { createRequire } from 'node:module'
import { afterEach, describe, expect, test } from 'vitest'
import { contextOf, everythingIn, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { program } from '../support/prerequisites.ts'
import { certificates } from '../support/redis-places.ts'
import { etcdServer, etcdUri, etcdWithTls } from '../support/servers.ts'

interface AuthClient {
  readonly auth: { authEnable(): Promise<unknown> }
  role(name: string): {
    create(): Promise<unknown>
    grant(rights: { permission: 'Read' | 'Readwrite'; range: object }): Promise<unknown>
  }
  user(name: string): { create(password: string): Promise<unknown>; addRole(role: string): Promise<unknown> }
  close(): void
}
interface Etcd {
  readonly Etcd3: new (options: object) => AuthClient
  readonly Range: { prefix(text: string): object }
}

describe.skipIf(!program.etcd)('ways to an etcd (needs etcd-server)', () => {
  const owner = 'gateway'
  const ends: Array<() => unknown> = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  test('TLS with an own authority and a certificate of the client', async () => {
    const pems = certificates()
    ends.push(pems.remove)
    const server = await etcdWithTls(pems.path)
    ends.push(server.remove)
    await server.start()
    const [tlsCa, tlsCert, tlsKey] = ['ca.pem', 'client.pem', 'client.key'].map(pems.path)
    const uri = etcdUri(server.port).replace('etcd:', 'etcds:')
    const store = await openedStore({ uri, tlsCa, tlsCert, tlsKey, timeoutMs: 20_000 }, { owner })
    await store.setMany(new Map([['a', 1]]), signalIn())
    expect(await namesOf(store)).toEqual(['a'])
    for (const options of [{ uri, tlsCa }, { uri }, { uri: etcdUri(server.port) }]) {
      const error = await rejection(madeStore({ ...options, timeoutMs: 1500 }).open?.(contextOf()))
      expect(error.code).toMatch(/^STORE_(UNAVAILABLE|TIMEOUT)$/)
    }
  })

  test('open() rejects for a user without the rights that it needs, and a reader needs only those of reading', async () => {
    const server = await etcdServer()
    ends.push(server.remove)
    await server.start()
    const { Etcd3, Range } = createRequire(import.meta.url)('etcd3') as Etcd
    const admin = new Etcd3({ hosts: `127.0.0.1:${server.port}` })
    ends.push(() => admin.close())
    for (const name of ['root', 'mine', 'viewer']) {
      await admin.role(name).create()
      await admin.user(name).create('pass-word')
      await admin.user(name).addRole(name)
    }
    for (const prefix of ['mine:', 'mine%']) {
      await admin.role('mine').grant({ permission: 'Readwrite', range: Range.prefix(prefix) })
      await admin.role('viewer').grant({ permission: 'Read', range: Range.prefix(prefix) })
    }
    await admin.auth.authEnable()
    const as = (user: string, password = 'pass-word') => ({
      uri: etcdUri(server.port).replace('//', `//${user}:${password}@`),
      namespace: 'mine',
    })
    const store = await openedStore(as('mine'), { owner })
    await store.setMany(new Map([['a', 1]]), signalIn())
    await store.setAside?.(['a'], signalIn())
    await store.setMany(new Map([['b', 1]]), signalIn())
    expect(await namesOf(await openedStore(as('viewer'), { readOnly: true }))).toEqual(['b'])
    for (const options of [as('viewer'), { ...as('mine'), namespace: 'other' }]) {
      const error = await rejection(madeStore(options).open?.(contextOf({ owner })))
      expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
      expect(error.message).toContain(`keys that begin with ${options.namespace}: or ${options.namespace}%`)
    }
    const wrong = await rejection(madeStore(as('mine', 'guessed-it')).open?.(contextOf()))
    expect(wrong).toMatchObject({ code: 'STORE_MISCONFIGURED' })
    expect(everythingIn(wrong)).not.toContain('guessed-it')
  })
})
