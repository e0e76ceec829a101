import { expect, vi } from 'vitest'
import { frozenVolume } from './frozen-volume.ts'
import { gateway } from './gateway.ts'
import { totalsIn } from './records.mjs'
import { redis } from './redis.ts'

interface Status {
  readonly oldestDirtyMs: number
  readonly effective: { readonly reason: string }
}

/**
 * Rolls back a gateway on a file system and a Redis that both hang, `times` times. The gateway must serve meanwhile, and
 * both stores must have everything afterwards. Returns the duration of each rollback in ms.
 */
export async function rollbackOfHangingStores({ times, sessions, socketPath }: RollbackDrill): Promise<number[]> {
  const { volume, directory, wrapper } = frozenVolume()
  const { server, uri, store } = await redis()
  const stores = { file: { directory }, keyv: { uri } }
  // Calls have no time-out here, so a rollback that waited for one would never end.
  const timing = { flushIntervalMs: 50, ackTimeoutMs: 100, maxRetryMs: 200, callTimeoutMs: 1_000_000 }
  const metadata = { store: 'file', mirror: ['keyv'], stores, ...timing }
  const one = await gateway({ ...(socketPath ? { socketPath } : {}), metadata, wrapper })
  const names = Array.from({ length: sessions }, (_, at) => `s${at}`)
  await one.call('create', { names })
  const took: number[] = []
  const requests = async (wanted: readonly string[]) => {
    for (const name of wanted) await one.call('requests', { name, count: 1 })
  }
  for (let time = 0; time < times; time += 1) {
    await one.call('freeze', { volume })
    server.freeze()
    try {
      await requests(names)
      // By then a flush is under way and hangs.
      await vi.waitFor(async () => expect((await one.call<Status>('status')).oldestDirtyMs).toBeGreaterThan(300))
      const { to, durationMs } = await one.call<{ to: string[]; durationMs: number }>('rollback')
      expect(to).toEqual(['memory'])
      took.push(durationMs)
      names.push(`made-${time}`)
      await one.call('create', { names: names.slice(-1) })
      await requests(names)
      expect(await one.call('save', { name: 's0' })).toMatchObject({ stores: [], durability: 'none' })
      expect(await one.call('status')).toMatchObject({
        desired: { store: 'memory', layer: 'runtime', reason: 'a drill' },
        effective: { stores: ['memory'], reason: 'rolled-back' },
      })
    } finally {
      await one.call('thaw', { volume })
      server.thaw()
    }
    await one.call('switch', { selection: 'auto', options: { timeoutMs: 30_000 } })
    await vi.waitFor(
      async () => expect(await one.call('status')).toMatchObject({ oldestDirtyMs: 0, effective: { reason: 'ok' } }),
      20_000,
    )
  }
  const totals = new Map(names.map((name, at) => [name, at < sessions ? 2 * times : 2 * (times - (at - sessions)) - 1]))
  const known = await one.call<Array<{ workspace: string; totalRequests: number }>>('sessions')
  expect(new Map(known.map(({ workspace, totalRequests }) => [workspace, totalRequests]))).toEqual(totals)
  expect(await totalsIn(store())).toEqual(totals)
  expect(await one.call('stored', { directory })).toEqual(Object.fromEntries(totals))
  await one.kill()
  return took
}

export interface RollbackDrill {
  readonly times: number
  readonly sessions: number
  /** The socket of a private tmux server; without it the sessions are on a memory host. */
  readonly socketPath?: string
}
