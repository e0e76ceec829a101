import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { keyvStore } from '@sessionkeep/store-keyv'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { can } from '../../packages/disk/test/support/prerequisites.ts'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { fixture } from '../scenarios/fixture.ts'
import { gateway } from './gateway.ts'
import { hasRedis, redis } from './redis.ts'

/** Makes a pool on files with one session of three requests, and a check that a refused switch has changed nothing. */
async function begin(stores: object = {}, host = memoryHost()) {
  const { pool, directory, read } = fixture()
  const one = pool({ host, metadata: { store: 'file', stores: { file: { directory }, ...stores } } })
  await one.start()
  await one.getOrCreateSession('a')
  for (let at = 0; at < 3; at += 1) await one.withRequest('a', () => undefined)
  const before = structuredClone({ ...one.persistence().desired, stores: one.persistence().effective.stores })
  let requests = 3
  /** Checks that the stores are unchanged, and that the pool still counts and saves. */
  const asItWas = async () => {
    await one.withRequest('a', () => undefined)
    requests += 1
    await one.saveSessionMetadata('a')
    expect(read('claude-a')).toMatchObject({ totalRequests: requests })
    const { desired, effective, stores: members, switching } = one.persistence()
    expect({ ...desired, stores: effective.stores }).toEqual(before)
    expect(members.map(({ store, state }) => [store, state])).toEqual([['file', 'attached']])
    expect({ switching, epoch: effective.epoch, reason: effective.reason }).toEqual({ epoch: 0, reason: 'ok' })
  }
  return { pool: one, directory, read, asItWas }
}

describe('a switch', () => {
  test('to the active stores changes nothing, whether by name, with options of the configuration, or as auto', async () => {
    const { pool, asItWas } = await begin()
    for (const selection of ['file', { store: 'file' }, { store: 'file', mirror: [] }, 'auto'] as const) {
      expect(await pool.switchStore(selection)).toMatchObject({
        changed: false,
        from: ['file'],
        to: ['file'],
        detached: [],
      })
    }
    await asItWas()
  })

  test.each(['fiel', '', 'postgres', '@nobody/a-store', './no-such-store.mjs', 'redis://:s3cret@127.0.0.1:1'])(
    'to %j, which is not there, is refused',
    async (selection) => {
      const { pool, asItWas } = await begin()
      const refused = await pool.switchStore(selection).then(
        () => undefined,
        (error: Error & { code: string }) => error,
      )
      expect(refused?.code).toMatch(/^CONFIG_/)
      expect(refused?.message).not.toContain('s3cret')
      await asItWas()
    },
  )

  test('to a store with wrong options is refused, and the message names them', async () => {
    const { pool, asItWas } = await begin({ keyv: { uri: 'gopher://127.0.0.1', colour: 'blue' } })
    await expect(pool.switchStore('keyv')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('colour'),
    })
    await expect(pool.switchStore({ store: 'file', mirror: ['keyv'] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
    await asItWas()
  })

  test('to a server that nobody runs fails, and the message says that nothing has changed', async () => {
    const { pool, asItWas } = await begin()
    await expect(pool.switchStore(keyvStore({ uri: 'redis://:s3cret@127.0.0.1:1' }))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/everything is as it was(?!.*s3cret)/s),
    })
    await asItWas()
  })

  test.skipIf(!hasRedis)('to a server that hangs fails after the time-out (needs redis-server)', async () => {
    const { server, store } = await redis()
    const { pool, asItWas } = await begin()
    server.freeze()
    await expect(pool.switchStore(store(), { timeoutMs: 200 })).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    await asItWas()
    server.thaw()
    await pool.switchStore(store())
    expect(pool.persistence().effective.stores).toEqual(['keyv', 'file'])
  })

  test('to a directory that is a file, is world-writable, or cannot be created is refused', async () => {
    const { pool, directory, asItWas } = await begin()
    const other = mkdtempSync(join(tmpdir(), 'skw-'))
    onTestFinished(() => rmSync(other, { recursive: true, force: true }))
    writeFileSync(join(other, 'file'), 'mine')
    mkdirSync(join(other, 'open'))
    chmodSync(join(other, 'open'), 0o777)
    for (const wrong of [join(other, 'file'), join(other, 'open'), join(other, 'file', 'below'), '/proc/sessionkeep']) {
      await expect(pool.switchStore(fileStore({ directory: wrong }))).rejects.toMatchObject({
        code: expect.stringMatching(/^STORE_(MISCONFIGURED|UNAVAILABLE)$/),
        message: expect.stringContaining(wrong),
      })
    }
    expect(readdirSync(join(other, 'open'))).toEqual([])
    expect(existsSync(directory)).toBe(true)
    await asItWas()
  })

  test('to a directory that another gateway holds is refused', async () => {
    const { pool, asItWas } = await begin()
    // The other gateway has created a session before, so that the two gateways do not have the same incarnation.
    const host = memoryHost()
    await host.create('elsewhere', { workspace: 'elsewhere', pool: 'theirs', createdAt: 1000 })
    const held = await begin({}, host)
    await expect(pool.switchStore(fileStore({ directory: held.directory }))).rejects.toMatchObject({
      code: 'STORE_LOCKED',
    })
    await asItWas()
    await held.asItWas()
  })

  test.skipIf(!can.setpriv)(
    'to a directory without rights is refused (needs root, to give up its rights)',
    async () => {
      const { directory } = fixture()
      const closed = `${directory}/closed`
      mkdirSync(closed, { mode: 0o500 })
      const { socketPath } = privateServer()
      const wrapper = ['setpriv', ...['--bounding-set=', '--inh-caps='].map((flag) => `${flag}-dac_override`)]
      const metadata = { store: 'memory', stores: { file: { directory: closed } } }
      const one = await gateway({ socketPath, metadata, wrapper })
      await one.call('create', { names: ['a'] })
      await expect(one.call('switch', { selection: 'file' })).rejects.toMatchObject({ code: 'STORE_READ_ONLY' })
      expect(await one.call('status')).toMatchObject({ desired: { store: 'memory', layer: 'config' } })
      chmodSync(closed, 0o700)
      await one.call('switch', { selection: 'file' })
      expect(readdirSync(closed)).toContain('claude-a.json')
    },
  )
})

describe.skipIf(!hasRedis)('a switch at a bad moment (needs redis-server)', () => {
  test('during another switch waits for it, and each switch has its own result, also the invalid ones', async () => {
    const { uri, store } = await redis()
    const { pool, read } = await begin()
    // Another namespace: two store objects of one pool cannot both hold the lease of one place.
    const other = keyvStore({ uri, namespace: 'other' })
    const outcomes = await Promise.allSettled([
      pool.switchStore(store()),
      pool.switchStore('fiel'),
      pool.switchStore({ store: other, mirror: ['file'] }),
      pool.switchStore('auto'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(pool.persistence()).toMatchObject({
      desired: { store: 'file', layer: 'config' },
      effective: { stores: ['file'], reason: 'ok', epoch: 3 },
    })
    await pool.withRequest('a', () => undefined)
    await pool.saveSessionMetadata('a')
    expect(read('claude-a')).toMatchObject({ totalRequests: 4 })
  })

  test('that is under way at stop(), and every later one, rejects, and everything is saved', async () => {
    const { server, store } = await redis()
    const { pool, read } = await begin()
    server.freeze()
    const switching = pool.switchStore(store())
    const refused = expect(switching).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    await vi.waitFor(() => expect(pool.persistence().switching).toMatchObject({ phase: 'preparing' }))
    const stopping = pool.stop({ timeoutMs: 3000 })
    await expect(pool.switchStore('memory')).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    await expect(pool.rollback()).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    await refused
    expect(await stopping).toEqual({ saved: 1, unsaved: [] })
    await expect(pool.switchStore('file')).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    expect(read('claude-a')).toMatchObject({ totalRequests: 3 })
  })
})
