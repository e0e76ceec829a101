import { describe, expect, test, vi } from 'vitest'
import type { HostSession } from '../../src/host.ts'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const started = async (options: Parameters<typeof makePool>[0]) => {
  const made = makePool(options)
  await made.pool.start()
  return made
}
const memory = { metadata: { store: 'memory' } } as const

describe('changes on the host that the pool did not make', () => {
  test('a session recreated under the same name inherits nothing from the stored record', async () => {
    const host = memoryHost({ clock })
    const store = memoryStore()
    const { pool } = await started({ host, metadata: { store } })
    const gone = vi.fn()
    pool.on('session:gone', gone)
    const first = await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    await pool.saveSessionMetadata('a')
    await host.kill(first)
    const second = host.control.add('claude-a')
    const { incarnation } = second
    await until(() => expect(pool.getSession('a')).toMatchObject({ incarnation, totalRequests: 0, verified: true }))
    expect(gone.mock.calls[0]?.[0]).toMatchObject({
      reason: 'recreated',
      session: { totalRequests: 1, incarnation: first.incarnation },
    })
    expect((await pool.discoverExistingSessions()).recreated).toEqual(['a'])
    await until(async () =>
      expect(
        (await store.getMany(['claude-a'], { signal: new AbortController().signal })).get('claude-a'),
      ).toMatchObject({ incarnation: second.incarnation }),
    )
  })

  test.each(['while the pool runs', 'between two runs'])(
    'a session renamed %s keeps its record and its workspace',
    async (when) => {
      const host = memoryHost({ clock })
      const store = memoryStore()
      let { pool } = await started({ host, metadata: { store } })
      await pool.getOrCreateSession('a')
      pool.trackRequestStart('a')
      await pool.saveSessionMetadata('a')
      if (when === 'between two runs') await pool.stop()
      host.control.rename('claude-a', 'my-own-name')
      if (when === 'between two runs') pool = (await started({ host, metadata: { store } })).pool
      await until(() =>
        expect(pool.getSession('a')).toMatchObject({ sessionName: 'my-own-name', totalRequests: 1, saved: true }),
      )
      const names: string[] = []
      await until(async () => {
        names.length = 0
        for await (const name of store.list({ signal: new AbortController().signal })) names.push(name)
        expect(names).toEqual(['my-own-name'])
      })
    },
  )

  test('no session or record is lost while the host is unavailable', async () => {
    const host = memoryHost({ clock })
    const { pool } = await started({ host, ...memory })
    await pool.getOrCreateSession('a')
    const unavailable = vi.fn()
    pool.on('host:unavailable', unavailable)
    host.control.setUnavailable('socket')
    await until(() => expect(unavailable).toHaveBeenCalled())
    expect(pool.listSessions()).toHaveLength(1)
    expect(pool.trackRequestStart('a')).toBe(true)
    expect((await pool.discoverExistingSessions()).host.state).toBe('unavailable')
    host.control.setUnavailable(undefined)
    await until(() => expect(pool.getStats().host.state).toBe('available'))
  })

  test('a foreign session is never changed, even if its name begins with our prefix', async () => {
    const host = memoryHost({ clock })
    const { pool } = await started({ host, ...memory })
    for (const name of ['claudette', 'other-a', 'claude']) host.control.add(name)
    await pool.getOrCreateSession('a')
    const report = await pool.discoverExistingSessions()
    expect(report.foreign.toSorted()).toEqual(['claude', 'claudette', 'other-a'])
    expect((await pool.terminate()).terminated).toEqual(['a'])
    expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['claudette', 'other-a', 'claude'])
  })

  test('the option takeIn decides whether sessions without a stamp are taken in', async () => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    host.control.add('claude-b')
    const none = (await started({ host, ...memory, takeIn: 'none' })).pool
    expect(none.listSessions()).toEqual([])
    const some = (
      await started({ host, ...memory, takeIn: ({ sessionName }: HostSession) => sessionName.endsWith('b') })
    ).pool
    expect(some.listSessions()).toMatchObject([{ workspace: 'b', origin: 'host' }])
  })
})
