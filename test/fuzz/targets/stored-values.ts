import { codeOf, messageOf } from '@sessionkeep/contracts'
import { createSessionPool, type MetadataStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { hostileValue } from '../hostile.ts'
import { changedObject, jsonFrom } from '../random.ts'
import { claim, type FuzzTarget } from '../target.ts'
import { validRecord } from './record.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const recordOf = (workspace: string, incarnation: string) => ({
  ...{ ...validRecord, sessionName: `claude-${workspace}`, workspace, incarnation },
})

/**
 * A store that several gateways share. It returns `value` for session a, and for session c from its first write on. It keeps all
 * others.
 */
function storeWith(value: unknown, incarnation: string): MetadataStore {
  const records = new Map<string, unknown>([
    ['claude-a', value],
    ['claude-b', recordOf('b', incarnation)],
  ])
  return {
    name: 'odd',
    capabilities: { durability: 'none', retains: true, shared: true },
    getMany: async (names) => new Map([...records].filter(([name]) => names.includes(name))),
    async setMany(batch) {
      for (const [name, one] of batch) records.set(name, name === 'claude-c' ? value : JSON.parse(JSON.stringify(one)))
    },
    async deleteMany(names) {
      for (const name of names) records.delete(name)
    },
    async *list() {
      yield* [...records.keys()]
    },
  }
}

/** A pool over a store with odd values: it starts, each failure has a code, and the other session has all that was stored. */
export const storedValues: FuzzTarget = {
  name: 'stored-values',
  corpus: ['"!proxy"', '"!deep"', JSON.stringify({ ...recordOf('a', 'memory.1'), attributes: '!circular' })],
  input: (random) => (random.bool(0.8) ? changedObject(random, recordOf('a', 'memory.1')) : jsonFrom(random)),
  async check(input) {
    const host = memoryHost()
    const create = (workspace: string) =>
      host.create(`claude-${workspace}`, { workspace, pool: 'claude-', createdAt: 1 })
    const [a, b] = [await create('a'), await create('b'), await create('c')]
    const value = hostileValue(input.replaceAll('memory.1', String(a.incarnation)))
    const pool = createSessionPool({ host, logger, metadata: { store: storeWith(value, String(b.incarnation)) } })
    try {
      await pool.start()
      claim(pool.getSession('b')?.totalRequests === 42, 'the other session lost its requests')
      claim(pool.getSession('a') !== undefined, 'the session with the odd record is not served')
      JSON.stringify([pool.listSessions(), pool.persistence()])
      // The second time, the store is asked whether another gateway has written.
      for (const workspace of ['a', 'c', 'c']) {
        await pool.withRequest(workspace, async () => undefined)
        await pool.saveSessionMetadata(workspace).catch((error: unknown) => {
          claim(codeOf(error)?.startsWith('STORE_') === true, `an error without the right code: ${messageOf(error)}`)
        })
      }
      await pool.withRequest('b', async () => undefined)
      await pool.saveSessionMetadata('b')
      claim(pool.getSession('b')?.totalRequests === 43, 'a request of the other session was not counted')
    } finally {
      await pool.stop()
    }
  },
}
