import type { SessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { describe, expect, test, vi } from 'vitest'
import { fixture } from '../scenarios/fixture.ts'
import { totalsIn } from './records.mjs'
import { hasRedis, redis } from './redis.ts'

const count = (pool: Pick<SessionPool, 'trackRequestStart' | 'trackRequestComplete'>, requests: number) => {
  for (let at = 0; at < requests; at += 1) {
    expect(pool.trackRequestStart('a')).toBe(true)
    pool.trackRequestComplete('a')
  }
}

/** Starts gateways one after the other on one host; each call is a restart. */
function gateways() {
  const { pool, directory, read } = fixture()
  const host = memoryHost()
  const started = async (metadata: NonNullable<Parameters<typeof pool>[0]>['metadata']) => {
    const made = pool({ host, metadata })
    await made.start()
    return made
  }
  return { directory, read, host, started, file: (name = '') => fileStore({ directory: `${directory}${name}` }) }
}

describe('100 requests on file, a restart on memory, and 3 requests', () => {
  const begin = async () => {
    const on = gateways()
    const first = await on.started({ store: on.file() })
    await first.getOrCreateSession('a')
    count(first, 100)
    await first.stop()
    const second = await on.started({ store: 'memory', stores: { file: { directory: on.directory } } })
    count(second, 3)
    expect(second.getSession('a')).toMatchObject({ totalRequests: 3 })
    return { ...on, second }
  }

  test('make 103 after a switch back to file at run time', async () => {
    const { second, file, read } = await begin()
    await second.switchStore(file())
    expect(second.getSession('a')).toMatchObject({ totalRequests: 103, verified: true, saved: true })
    expect(read('claude-a')).toMatchObject({ totalRequests: 103 })
  })

  test('make 103 after a restart on file, chosen by name', async () => {
    const { second, read } = await begin()
    await second.switchStore('file')
    expect(second.getSession('a')).toMatchObject({ totalRequests: 103 })
    expect(read('claude-a')).toMatchObject({ totalRequests: 103 })
  })

  test('make at least 100 with a restart on file in between', async () => {
    const { second, started, file } = await begin()
    await second.stop()
    const third = await started({ store: file() })
    expect(third.getSession('a')?.totalRequests).toBeGreaterThanOrEqual(100)
    count(third, 1)
    await third.stop()
    expect((await totalsIn(file())).get('a')).toBeGreaterThanOrEqual(101)
  })
})

test.skipIf(!hasRedis)(
  'requests that only B has after A was detached are counted again when B is back after a restart on A (needs redis-server)',
  async () => {
    const { started, file } = gateways()
    const { store } = await redis()
    const first = await started({ store: 'memory' })
    await first.getOrCreateSession('a')
    const [a, b] = [file(), store()]
    await first.switchStore({ store: a, mirror: [b] })
    count(first, 100)
    await first.switchStore(b)
    count(first, 100)
    await first.stop()
    expect([await totalsIn(file()), await totalsIn(store())]).toEqual([new Map([['a', 100]]), new Map([['a', 200]])])
    const alone = file()
    const second = await started({ store: alone })
    expect(second.getSession('a')).toMatchObject({ totalRequests: 100, verified: true })
    count(second, 5)
    await second.switchStore({ store: alone, mirror: [store()] })
    expect(second.getSession('a')).toMatchObject({ totalRequests: 205, saved: true, verified: true })
    await second.stop()
    expect([await totalsIn(file()), await totalsIn(store())]).toEqual([new Map([['a', 205]]), new Map([['a', 205]])])
  },
)

describe.skipIf(!hasRedis)(
  'a session deleted while the mirror is down leaves nothing to inherit (needs redis-server)',
  () => {
    const begin = async () => {
      const on = gateways()
      const { server, store } = await redis('--appendonly', 'yes', '--appendfsync', 'always')
      const timing = { callTimeoutMs: 1000, ackTimeoutMs: 1000, attachTimeoutMs: 2000, maxRetryMs: 200 }
      const mirror = store()
      const first = await on.started({ store: on.file(), mirror: [mirror], ...timing })
      const { createdAt } = await first.getOrCreateSession('a')
      count(first, 50)
      await first.setDraining('a', false)
      await vi.waitFor(() => expect(first.persistence().oldestDirtyMs).toBe(0))
      await server.kill()
      await first.deleteSession('a')
      return { ...on, ...timing, first, mirror, store, server, createdAt }
    }

    test('when the mirror alone is configured next', async () => {
      const { first, started, store, server } = await begin()
      await first.stop({ timeoutMs: 500 })
      await server.start()
      expect(await totalsIn(store())).toEqual(new Map([['a', 50]]))
      const second = await started({ store: store() })
      expect(second.listSessions()).toEqual([])
      const made = await second.getOrCreateSession('a')
      expect(made).toMatchObject({ totalRequests: 0, origin: 'created' })
      count(second, 2)
      await second.stop()
      expect(await totalsIn(store())).toEqual(new Map([['a', 2]]))
    })

    test('by a new session of its name that was made before the restart', async () => {
      const { first, started, store, server } = await begin()
      const made = await first.getOrCreateSession('a')
      count(first, 2)
      await first.stop({ timeoutMs: 500 })
      await server.start()
      const second = await started({ store: store() })
      expect(second.getSession('a')).toMatchObject({
        totalRequests: 0,
        createdAt: made.createdAt,
        incarnation: made.incarnation,
      })
      count(second, 1)
      await second.stop()
      expect(await totalsIn(store())).toEqual(new Map([['a', 1]]))
    })

    test('by a new session of its name that a person made', async () => {
      const { first, host, started, store, server } = await begin()
      await first.stop({ timeoutMs: 500 })
      host.control.add('claude-a')
      await server.start()
      const second = await started({ store: store() })
      expect(second.getSession('a')).toMatchObject({ totalRequests: 0 })
    })

    test('after a switch to the mirror alone in the same run', async () => {
      const { first, mirror, store, server } = await begin()
      await first.getOrCreateSession('a')
      count(first, 2)
      await server.start()
      await vi.waitFor(() => expect(first.persistence().effective.reason).toBe('ok'))
      await first.switchStore(mirror)
      await first.stop()
      expect(await totalsIn(store())).toEqual(new Map([['a', 2]]))
    })
  },
)
