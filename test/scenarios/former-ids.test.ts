import { existsSync, readdirSync } from 'node:fs'
import type { MetadataOptions } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { keyvStore } from '@sessionkeep/store-keyv'
import { tmuxStore } from '@sessionkeep/tmux'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { hasRedis, redis } from '../switching/redis.ts'
import { fixture as impatient, memoryOf } from './fixture.ts'

/** As the fixture, but its pools wait for their stores also on a busy machine. */
function fixture() {
  const on = impatient()
  const pool: typeof on.pool = ({ metadata, ...options } = {}) =>
    on.pool({ ...options, metadata: { attachTimeoutMs: 30_000, ...metadata } })
  return { ...on, pool }
}

type Pool = ReturnType<ReturnType<typeof fixture>['pool']>

const QUICK: MetadataOptions = { lockRetryMs: 20, flushIntervalMs: 20, maxRetryMs: 100 }

describe('a pool that gets a poolId', () => {
  test('keeps its sessions, counts, times and attributes, and moves its records, when the former id is declared', async () => {
    const on = fixture()
    const before = on.pool()
    await before.start()
    await before.getOrCreateSession('docs', { attributes: { chat: 7 } })
    for (let at = 0; at < 10; at += 1) await before.withRequest('docs', () => undefined)
    await before.saveSessionMetadata('docs')
    const known = memoryOf(before.getSession('docs'))
    await before.stop()

    const after = on.pool({ poolId: 'gateway-a', formerly: ['claude-'] })
    await after.start()
    expect(memoryOf(after.getSession('docs'))).toEqual(known)
    expect(after.getSession('docs')?.attributes).toEqual({ chat: 7 })
    await after.saveSessionMetadata('docs')
    await after.stop()
    expect(existsSync(on.path('claude-docs'))).toBe(false)

    // The way back is declared in the same way.
    const back = on.pool({ formerly: ['gateway-a'] })
    await back.start()
    expect(memoryOf(back.getSession('docs'))).toEqual(known)
    await back.saveSessionMetadata('docs')
    expect(on.read('claude-docs')).toMatchObject({ totalRequests: 10, pool: 'claude-' })
  })

  test('keeps its counts, if the id is the same text as the session prefix and that is declared', async () => {
    const on = fixture()
    const host = memoryHost()
    const before = on.pool({ host })
    await before.start()
    await before.getOrCreateSession('docs')
    await before.withRequest('docs', () => undefined)
    await before.stop()
    const after = on.pool({ host, poolId: 'claude-', formerly: ['claude-'] })
    await after.start()
    expect(after.getSession('docs')).toMatchObject({ totalRequests: 1, origin: 'stored' })
    await after.stop()
    const back = on.pool({ host, formerly: ['claude-'] })
    await back.start()
    expect(back.getSession('docs')?.totalRequests).toBe(1)
  })

  test('keeps what its sessions carry themselves, when the former id is declared', async () => {
    const on = fixture()
    const store = () => tmuxStore({ host: on.server.host() })
    const before = on.pool({ metadata: { store: store() } })
    await before.start()
    await before.getOrCreateSession('docs', { attributes: { chat: 7 } })
    for (let at = 0; at < 3; at += 1) await before.withRequest('docs', () => undefined)
    await before.stop()
    for (const identity of [
      { poolId: 'gateway-a', formerly: ['claude-'] },
      { poolId: 'gateway-b', formerly: ['gateway-a', 'claude-'] },
      { formerly: ['gateway-b'] },
    ]) {
      const after = on.pool({ ...identity, metadata: { store: store() } })
      await after.start()
      expect(after.getSession('docs')).toMatchObject({ totalRequests: 3, attributes: { chat: 7 }, origin: 'stored' })
      await after.stop()
    }
  })

  test('is told what to declare when it finds sessions of a pool without one', async () => {
    const on = fixture()
    const before = on.pool()
    await before.start()
    await before.getOrCreateSession('docs')
    await before.stop()
    const after = on.pool({ poolId: 'gateway-a' })
    await after.start()
    expect(after.lines.map(({ message }) => message).join()).toContain('name its session prefix under formerly')
    await expect(after.getOrCreateSession('docs')).rejects.toMatchObject({
      code: 'SESSION_FOREIGN',
      message: expect.stringContaining('under formerly'),
    })
  })

  test('waits while a pool with the former id uses the store, knows what that has saved, and adds up what both have counted', async () => {
    const on = fixture()
    const old = on.pool({ metadata: QUICK })
    await old.start()
    await old.getOrCreateSession('docs', { attributes: { chat: 7 } })
    for (let at = 0; at < 5; at += 1) await old.withRequest('docs', () => undefined)
    await old.saveSessionMetadata('docs')
    const renamed = on.pool({
      ...{ poolId: 'gateway-a', formerly: ['claude-'] },
      metadata: { ...QUICK, store: fileStore({ directory: on.directory }) },
    })
    const adopted: string[] = []
    renamed.on('session:adopted', ({ outcome }) => adopted.push(outcome))
    await renamed.start()
    expect(renamed.persistence().effective.reason).toBe('locked')
    expect(renamed.getSession('docs')).toMatchObject({ totalRequests: 5, attributes: { chat: 7 } })
    expect(adopted).toEqual([])
    for (let at = 0; at < 3; at += 1) await renamed.withRequest('docs', () => undefined)
    for (let at = 0; at < 2; at += 1) await old.withRequest('docs', () => undefined)
    await old.stop()
    await vi.waitFor(() => expect(renamed.persistence().effective.reason).toBe('ok'), 10_000)
    await renamed.saveSessionMetadata('docs')
    expect(renamed.getSession('docs')?.totalRequests).toBe(10)
  })

  test('leaves records of other pools where they are, and a deleted session does not come back', async () => {
    const on = fixture()
    const other = on.pool({ sessionPrefix: 'other-' })
    await other.start()
    await other.getOrCreateSession('theirs')
    await other.saveSessionMetadata('theirs')
    await other.stop()
    const before = on.pool()
    await before.start()
    await before.getOrCreateSession('docs')
    await before.saveSessionMetadata('docs')
    await before.stop()
    for (const round of [1, 2]) {
      const after = on.pool({ poolId: 'gateway-a', formerly: ['claude-'] })
      await after.start()
      expect(after.listSessions().length).toBe(round === 1 ? 1 : 0)
      if (round === 1) await after.deleteSession('docs')
      await after.stop()
    }
    expect(readdirSync(on.directory).filter((name) => name.endsWith('.json'))).toEqual(['other-theirs.json'])
  })

  test('keeps the counts of the session that lives, if an ended session of the same name has a record under another id', async () => {
    const on = fixture()
    const host = memoryHost()
    const run = async (options: { poolId: string; formerly?: string[] }, work: (pool: Pool) => Promise<void>) => {
      const pool = on.pool({ host, ...options })
      await pool.start()
      await work(pool)
      await pool.stop()
    }
    const use = (requests: number, conversation: string) => async (pool: Pool) => {
      await pool.getOrCreateSession('docs')
      for (let at = 0; at < requests; at += 1) await pool.withRequest('docs', () => undefined)
      pool.setAttributes('docs', { conversation })
      await pool.saveSessionMetadata('docs')
    }
    await run({ poolId: 'one' }, use(5, 'first'))
    host.control.reboot()
    // Merged: one id has the record of the ended session, the other one that of the living session.
    await run({ poolId: 'two' }, use(4, 'second'))
    await run({ poolId: 'both', formerly: ['one', 'two'] }, async (pool) => {
      const session = pool.getSession('docs')
      expect(session).toMatchObject({ totalRequests: 4, attributes: { conversation: 'second' }, verified: true })
      expect(session?.past).toMatchObject([{ totalRequests: 5, attributes: { conversation: 'first' } }])
    })
    // Back under a former id for a while, without saying so: the session is made again there, and renamed again.
    host.control.reboot()
    await run({ poolId: 'one' }, use(7, 'third'))
    await run({ poolId: 'both', formerly: ['one', 'two'] }, async (pool) => {
      const session = pool.getSession('docs')
      expect(session).toMatchObject({ totalRequests: 7, attributes: { conversation: 'third' } })
      expect(session?.past).toMatchObject([{ totalRequests: 4 }, { totalRequests: 5 }])
    })
    // Nothing of it lives: the one that was used last is offered.
    host.control.reboot()
    await run({ poolId: 'two' }, use(1, 'fourth'))
    host.control.reboot()
    await run({ poolId: 'both', formerly: ['one', 'two'] }, async (pool) =>
      expect(pool.listEnded()).toMatchObject([{ totalRequests: 1, attributes: { conversation: 'fourth' } }]),
    )
  })

  test('waits with a record under a former id while the host does not say which of two sessions lives', async () => {
    const on = fixture()
    const host = memoryHost()
    for (const [poolId, requests] of [
      ['after', 5],
      ['before', 4],
    ] as const) {
      host.control.reboot()
      const pool = on.pool({ host, poolId })
      await pool.start()
      await pool.getOrCreateSession('docs')
      for (let at = 0; at < requests; at += 1) await pool.withRequest('docs', () => undefined)
      await pool.saveSessionMetadata('docs')
      await pool.stop()
    }
    host.control.setUnavailable('it hangs')
    const pool = on.pool({ host, poolId: 'after', formerly: ['before'], metadata: QUICK })
    await pool.start()
    expect(pool.persistence().stores[0]?.lastError?.message).toContain('before the host says which sessions live')
    host.control.setUnavailable(undefined)
    await vi.waitFor(() => expect(pool.persistence().effective.reason).toBe('ok'), 30_000)
    await pool.discoverExistingSessions()
    expect(pool.getSession('docs')).toMatchObject({ totalRequests: 4, past: [{ totalRequests: 5 }] })
  })

  test('is read from the environment, after the program and before the configuration', async () => {
    vi.stubEnv('SESSIONKEEP_POOL_ID', 'from-environment')
    onTestFinished(() => void vi.unstubAllEnvs())
    const on = fixture()
    const poolIn = async (poolId?: string) => {
      const pool = on.pool({ host: memoryHost(), poolId, metadata: { poolId: 'from-configuration' } })
      await pool.start()
      await pool.getOrCreateSession('docs')
      await pool.saveSessionMetadata('docs')
      await pool.stop()
    }
    await poolIn()
    await poolIn('from-program')
    vi.stubEnv('SESSIONKEEP_POOL_ID', '')
    await poolIn()
    const directories = readdirSync(on.directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(directories.map(({ name }) => name).sort()).toEqual([
      'from-configuration',
      'from-environment',
      'from-program',
    ])
  })
})

describe.skipIf(!hasRedis)('two machines on one Redis without a poolId (needs redis-server)', () => {
  test('keep the records of the same workspace apart, and say what is missing', async () => {
    const { store } = await redis()
    const on = fixture()
    const elsewhere = privateServer()
    const gateway = (host = on.server.host()) => on.pool({ host, metadata: { ...QUICK, store: store() } })
    const [one, two] = [gateway(), gateway(elsewhere.host())]
    await Promise.all([one.start(), two.start()])
    await one.getOrCreateSession('docs', { attributes: { owner: 'ann' } })
    await two.getOrCreateSession('docs', { attributes: { owner: 'bob' } })
    for (let at = 0; at < 10; at += 1) await one.withRequest('docs', () => undefined)
    await two.withRequest('docs', () => undefined)
    for (const pool of [one, two]) {
      await pool.saveSessionMetadata('docs')
      expect(pool.lines.map(({ fields }) => fields.code)).toContain('STORE_SHARED_WITHOUT_POOL_ID')
      await pool.stop()
    }
    const [again, other] = [gateway(), gateway(elsewhere.host())]
    await again.start()
    await other.start()
    expect([again, other].map((pool) => pool.getSession('docs'))).toMatchObject([
      { totalRequests: 10, attributes: { owner: 'ann' }, origin: 'stored' },
      { totalRequests: 1, attributes: { owner: 'bob' }, origin: 'stored' },
    ])
  })

  test('records that an earlier release kept for all machines together go to the machine on which the session lives', async () => {
    const { uri, store } = await redis()
    const on = fixture()
    const first = on.pool({ host: on.server.host(), metadata: { ...QUICK, store: store() } })
    await first.start()
    await first.getOrCreateSession('docs')
    for (let at = 0; at < 4; at += 1) await first.withRequest('docs', () => undefined)
    await first.saveSessionMetadata('docs')
    const { incarnation, createdAt } = first.getSession('docs') ?? {}
    await first.stop()
    const legacy = { sessionName: 'claude-docs', workspace: 'docs', createdAt, lastActivityAt: createdAt, incarnation }
    const together = keyvStore({ uri, namespace: 'legacy' })
    const signal = AbortSignal.timeout(10_000)
    await together.open?.({ signal, logger: console })
    const lives = { ...legacy, totalRequests: 42, status: 'idle', pool: 'claude-' }
    const theirs = { ...lives, sessionName: 'claude-x', workspace: 'x', incarnation: '1.2.$3' }
    await together.setMany(
      new Map([
        ['claude-docs', lives],
        ['claude-x', theirs],
      ]),
      { signal },
    )
    await together.close?.()
    const moved = on.pool({
      host: on.server.host(),
      metadata: { ...QUICK, store: keyvStore({ uri, namespace: 'legacy' }) },
    })
    await moved.start()
    expect(moved.getSession('docs')).toMatchObject({ totalRequests: 42, origin: 'stored' })
    await moved.stop()
    const left = keyvStore({ uri, namespace: 'legacy' })
    await left.open?.({ signal, logger: console, readOnly: true })
    onTestFinished(() => left.close?.())
    const names: string[] = []
    for await (const name of left.list({ signal })) names.push(name)
    expect(names).toEqual(['claude-x'])
  })
})
