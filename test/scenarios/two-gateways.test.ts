import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { MetadataStore } from '@sessionkeep/core'
import { keyvStore } from '@sessionkeep/store-keyv'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { program } from '../../packages/store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import { redisServer, redisUri } from '../../packages/store-keyv/test/support/servers.ts'
import { built } from '../support/built.ts'

const SESSIONS = 1000

interface Settings {
  readonly namespace: string
  readonly poolId?: string
}

describe.skipIf(!program.redis)('two gateways on one Redis (needs redis-server)', () => {
  const gateway = built(fileURLToPath(new URL('./shared-store-process.mjs', import.meta.url)))
  let server: Server
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterAll(() => server?.remove())

  const started = (settings: Settings) => {
    const argument = JSON.stringify({ ...settings, uri: redisUri(server.port), sessions: SESSIONS })
    const child = spawn(process.execPath, [gateway, argument], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return async (order: string): Promise<unknown> => {
      child.stdin.write(`${order}\n`)
      return JSON.parse((await lines.next()).value ?? 'null')
    }
  }

  /** The stored requests of one gateway, by session name. */
  const stored = async ({ namespace, poolId }: Settings) => {
    const store: MetadataStore = keyvStore({ uri: redisUri(server.port), namespace })
    const signal = AbortSignal.timeout(20_000)
    await store.open?.({ signal, logger: console, namespace: poolId, readOnly: true })
    const names: string[] = []
    for await (const name of store.list({ signal })) names.push(name)
    const totals = new Map<string, unknown>()
    for (let from = 0; from < names.length; from += 500) {
      const records = await store.getMany(names.slice(from, from + 500), { signal })
      for (const [name, record] of records) totals.set(name, (record as { totalRequests: unknown }).totalRequests)
    }
    await store.close?.()
    return totals
  }
  const all = (total: number) => new Map(Array.from({ length: SESSIONS }, (_, index) => [`claude-w${index}`, total]))
  const sorted = (totals: Map<string, unknown>) => new Map([...totals].sort())

  test.each([
    ['pool ids', { namespace: 'shared', poolId: 'a' }, { namespace: 'shared', poolId: 'a*' }],
    ['namespaces', { namespace: 'one' }, { namespace: 'one:-' }],
  ] as const)(
    'with another %s and sessions of the same names: neither reads, overwrites, expires or deletes the records of the other',
    async (_, ours, theirs) => {
      const [one, other] = [started(ours), started(theirs)]
      const fresh = { sessions: SESSIONS, fewest: 0, most: 0, orphaned: [], foreign: [] }
      expect(await Promise.all([one('create'), other('create')])).toEqual([fresh, fresh])
      await Promise.all([one('serve'), other('serve').then(() => other('serve'))])
      expect(sorted(await stored(ours))).toEqual(sorted(all(1)))
      expect(sorted(await stored(theirs))).toEqual(sorted(all(2)))

      await Promise.all([one('lose'), other('serve')])
      const half = { sessions: SESSIONS / 2, fewest: 2, most: 2 }
      expect(await one('serve')).toMatchObject(half)
      await expect.poll(async () => (await stored(ours)).size, { timeout: 20_000 }).toBe(SESSIONS / 2)
      expect(sorted(await stored(theirs))).toEqual(sorted(all(3)))

      expect(await one('terminate')).toMatchObject({ sessions: 0, terminated: SESSIONS / 2 })
      expect(await other('serve')).toEqual({ ...fresh, fewest: 4, most: 4 })
      await one('stop')
      expect(await stored(ours)).toEqual(new Map())
      expect(sorted(await stored(theirs))).toEqual(sorted(all(4)))
      await other('stop')
      expect((await stored(theirs)).size).toBe(SESSIONS)
    },
  )
})
